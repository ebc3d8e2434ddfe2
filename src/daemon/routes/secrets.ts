import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { SecretUsers } from '../../store/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { list, object, ref, text, time, type Schema } from '../http/schemas.ts';
import type { Routes } from './route.ts';

const USERS: Schema = {
  description: 'Who may refer to it, beside administrators: names, or `everyone`.',
  anyOf: [{ type: 'array', items: { type: 'string' }, maxItems: 1_000 }, { const: 'everyone' }],
};

export const SECRET_SCHEMAS: readonly Schema[] = [
  {
    $id: 'Secret',
    description: 'A secret, but for its value, which is never told.',
    ...object({
      name: text('A parameter refers to it as {"secret": name}.'),
      users: USERS,
      createdAt: time('When there was first one of this name.'),
      changedAt: time('When it was set last.'),
    }),
  },
];

interface OfSecret {
  readonly Params: { readonly name: string };
}

const NAME = object({ name: text('Its name.') });

/** Values that runs may refer to by name. */
export const secretRoutes: Routes = (app, { store }) => {
  const { secrets } = store.server;

  app.get(
    '/secrets',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'The names of all secrets',
        tags: ['administration'],
        response: { 200: { description: 'By name.', ...list(ref('Secret')) }, ...PROBLEMS },
      },
    },
    () => secrets.list(),
  );

  app.put<OfSecret & { Body: { readonly value: string; readonly users?: SecretUsers } }>(
    '/secrets/:name',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Set a secret, in place of what was there',
        tags: ['administration'],
        params: NAME,
        body: object(
          {
            value: text('What is to be kept.', {
              writeOnly: true,
              maxLength: LIMITS.secretBytesMax,
            }),
            users: USERS,
          },
          ['value'],
        ),
        response: { 200: { description: 'It is kept.', ...ref('Secret') }, ...PROBLEMS },
      },
    },
    ({ params, body }) => {
      try {
        return secrets.put(params.name, body.value, body.users ?? []);
      } catch (error) {
        if (!(error instanceof RunnerError) || error.code !== 'usage') throw error;
        throw new RunnerError('request-invalid', error.message, { hint: error.hint ?? '' });
      }
    },
  );

  app.delete<OfSecret>(
    '/secrets/:name',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Forget a secret',
        tags: ['administration'],
        params: NAME,
        response: { 204: { description: 'It is gone.', type: 'null' }, ...PROBLEMS },
      },
    },
    async ({ params }, reply) => {
      secrets.remove(params.name);
      return reply.code(204).send();
    },
  );
};
