/** Who is told of runs: the texts of webhooks checked, endpoints made, changed and removed. */
export {
  addRunWebhook,
  addWebhook,
  changeWebhook,
  removeWebhook,
  rotateSecret,
  syncWebhooks,
  type ConfiguredWebhook,
} from './manage-webhooks.ts';
export type { WebhookText } from './check-webhook.ts';
