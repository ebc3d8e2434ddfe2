/** The processing server: REST API, queue, recovery, shutdown. */
export { startServer, type Server, type ServerOptions } from './server.ts';
export { openLog, type ServerLog } from './log/index.ts';
export { servingFaults } from './check-serving.ts';
export { testWebhook, type TestTarget } from './webhooks/index.ts';
