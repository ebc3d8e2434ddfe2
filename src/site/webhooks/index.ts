/** Who is told of runs: the texts of webhooks checked, endpoints made, changed and removed. */
export {
  addWebhook,
  assertWebhook,
  changeWebhook,
  ownSecret,
  removeWebhook,
  rotateSecret,
  runWebhook,
  syncWebhooks,
  type ConfiguredWebhook,
} from './manage-webhooks.ts';
export type { WebhookText } from './check-webhook.ts';
