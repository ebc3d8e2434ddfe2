import {
  addWebhook,
  changeWebhook,
  removeWebhook,
  rotateSecret,
  type WebhookText,
} from '../../site/webhooks/index.ts';
import { LIMITS } from '../../base/limits.ts';
import { signingSecrets, type DeliveryState } from '../../store/index.ts';
import { sendTest } from '../webhooks/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, list, object, ref, text, type Schema } from '../http/schemas.ts';
import type { Routes } from './route.ts';
import { DELIVERY_STATES } from './webhook-schemas.ts';

interface OfWebhook {
  readonly Params: { readonly webhookId: string };
}

const WEBHOOK: Schema = object({ webhookId: text('Id of the webhook.') });
const config = { scope: 'admin' } as const;
const tags = ['webhooks'];

/** Who is told of runs. */
export const webhookRoutes: Routes = (app, { store: { webhooks } }) => {
  app.get(
    '/webhooks',
    {
      config,
      schema: {
        ...{ summary: 'Webhooks of all runs', tags },
        response: {
          200: { description: 'All of them.', ...object({ webhooks: list(ref('Webhook')) }) },
          ...PROBLEMS,
        },
      },
    },
    () => ({ webhooks: webhooks.endpoints() }),
  );
  app.post<{ Body: WebhookText }>(
    '/webhooks',
    {
      config,
      schema: {
        ...{ summary: 'Add a webhook', tags },
        description: 'The answer holds its secret: it is told this once.',
        body: ref('NewWebhook'),
        response: {
          201: { description: 'It is told from now on.', ...ref('WebhookWithSecret') },
          ...PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const { endpoint, secret } = addWebhook(webhooks, request.body);
      return reply
        .code(201)
        .header('location', `/runner/v1/webhooks/${endpoint.endpointId}`)
        .send({ ...endpoint, secret });
    },
  );
};

/** One of them. */
export const webhookChangeRoutes: Routes = (app, { store: { webhooks }, clock }) => {
  app.get<OfWebhook>(
    '/webhooks/:webhookId',
    {
      config,
      schema: {
        ...{ summary: 'One webhook', tags, params: WEBHOOK },
        response: { 200: { description: 'As it is now.', ...ref('Webhook') }, ...PROBLEMS },
      },
    },
    ({ params }) => webhooks.endpoint(params.webhookId),
  );
  app.patch<OfWebhook & { Body: Partial<Omit<WebhookText, 'secret'>> }>(
    '/webhooks/:webhookId',
    {
      config,
      schema: {
        ...{ summary: 'Change a webhook', tags, params: WEBHOOK },
        description: 'What is not named stays. A webhook that was disabled is enabled by it.',
        body: ref('WebhookChange'),
        response: { 200: { description: 'As it is now.', ...ref('Webhook') }, ...PROBLEMS },
      },
    },
    ({ params, body }) => changeWebhook(webhooks, params.webhookId, body),
  );
  app.delete<OfWebhook>(
    '/webhooks/:webhookId',
    {
      config,
      schema: {
        ...{ summary: 'Remove a webhook', tags, params: WEBHOOK },
        description: 'With all messages for it, also those that are still to be sent.',
        response: { 204: { description: 'It is gone.', type: 'null' }, ...PROBLEMS },
      },
    },
    async ({ params }, reply) => {
      removeWebhook(webhooks, params.webhookId);
      return reply.code(204).send();
    },
  );
  app.post<OfWebhook>(
    '/webhooks/:webhookId/rotate',
    {
      config,
      schema: {
        ...{ summary: 'Give a webhook a new secret', tags, params: WEBHOOK },
        description: 'The one before signs beside it for a day. The answer holds the new one.',
        response: {
          200: { description: 'The new secret.', ...ref('WebhookWithSecret') },
          ...PROBLEMS,
        },
      },
    },
    ({ params: { webhookId } }) => {
      const secret = rotateSecret(webhooks, webhookId, clock.now());
      return { ...webhooks.endpoint(webhookId), secret };
    },
  );
};

/** Whether one can be told anything. */
export const webhookTestRoutes: Routes = (app, { store, clock, outward, stopping }) => {
  const { webhooks } = store;
  app.post<OfWebhook>(
    '/webhooks/:webhookId/test',
    {
      config,
      schema: {
        ...{ summary: 'Send a webhook a message of no meaning', tags, params: WEBHOOK },
        response: {
          200: {
            description: 'It took it.',
            ...object({ status: count('The status that it answered.') }),
          },
          ...PROBLEMS,
        },
      },
    },
    async ({ params }) => {
      const source = `/cyto-run/${store.dataId}`;
      const { endpointId: name, url } = webhooks.endpoint(params.webhookId);
      const secrets = signingSecrets(webhooks.secretsOf(name), clock.now().getTime());
      const ports = { source, clock, post: outward, signal: stopping };
      return { status: await sendTest({ name, url, secrets }, ports) };
    },
  );
};

/** What they were told, and what they were not. */
export const messageRoutes: Routes = (app, { store: { webhooks }, wakeWebhooks }) => {
  app.post<OfWebhook>(
    '/webhooks/:webhookId/replay',
    {
      config,
      schema: {
        ...{ summary: 'Send again all that was given up', tags, params: WEBHOOK },
        response: {
          200: { description: 'It is being sent.', ...object({ replayed: count('How many.') }) },
          ...PROBLEMS,
        },
      },
    },
    ({ params }) => {
      const replayed = webhooks.replayAll(params.webhookId);
      wakeWebhooks();
      return { replayed };
    },
  );
  app.get<{
    Querystring: {
      state?: DeliveryState;
      webhook?: string;
      run?: string;
      after?: number;
      limit: number;
    };
  }>(
    '/webhook-messages',
    {
      config,
      schema: {
        ...{ summary: 'Messages of webhooks, oldest first', tags },
        querystring: object(
          {
            state: { enum: DELIVERY_STATES, description: 'Only those; dead: given up.' },
            webhook: text('Only for this webhook.'),
            run: text('Only about this run.'),
            after: count('Only those behind this id: the last of the page before.'),
            limit: count('Messages in a page.', {
              minimum: 1,
              maximum: LIMITS.webhookDeliveriesPageMax,
              default: 100,
            }),
          },
          [],
        ),
        response: {
          200: { description: 'A page.', ...object({ messages: list(ref('WebhookMessage')) }) },
          ...PROBLEMS,
        },
      },
    },
    ({ query: { state, webhook, run, after, limit } }) => ({
      messages: webhooks.deliveries({
        limit,
        ...(state === undefined ? {} : { state }),
        ...(webhook === undefined ? {} : { endpointId: webhook }),
        ...(run === undefined ? {} : { runId: run }),
        ...(after === undefined ? {} : { after }),
      }),
    }),
  );
};

/** One message again. */
export const replayRoutes: Routes = (app, { store: { webhooks }, wakeWebhooks }) => {
  app.post<{ Params: { messageId: number } }>(
    '/webhook-messages/:messageId/replay',
    {
      config,
      schema: {
        ...{ summary: 'Send a message again', tags },
        params: object({ messageId: count('Id of the message.') }),
        response: {
          200: { description: 'It is being sent.', ...ref('WebhookMessage') },
          ...PROBLEMS,
        },
      },
    },
    ({ params }) => {
      const message = webhooks.replay(params.messageId);
      wakeWebhooks();
      return message;
    },
  );
};
