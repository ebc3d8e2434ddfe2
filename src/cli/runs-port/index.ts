/** The runs of this machine or of a server, behind one port. */
export { isOwnChoice, needsServerFlag, openRunsPort, serverClient } from './open-port.ts';
export type { QueuePort, RunsPort } from './runs-port.ts';
export { isBatchId } from './batch-argument.ts';
