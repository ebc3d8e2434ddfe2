/** Tells others of runs by HTTP: CloudEvents with Standard Webhooks signatures, from the store's outbox. */
export { WebhookDeliverer, type AttemptTold, type DelivererOptions } from './deliverer.ts';
export { outwardPost, type OutwardPost } from './post.ts';
export { sendTest, type TestTarget } from './send-test.ts';
export { testWebhook } from './test-webhook.ts';
