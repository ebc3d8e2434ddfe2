import { dateAt, epochMs } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { TOKEN_SCOPES, type TokenScope } from '../../store/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { list, object, ref, text, time, type Schema } from '../http/schemas.ts';
import type { Routes } from './route.ts';

const TOKEN = {
  id: text('The part of it that is no secret.'),
  name: text('Its name.'),
  owner: text('Whose runs it sees and submits.'),
  scope: { enum: TOKEN_SCOPES, description: 'What it allows; each includes those before it.' },
  createdAt: time('When it was made.'),
  expiresAt: time('When it ends.'),
  lastUsedAt: time('When it was used last, to a minute.'),
  revokedAt: time('When it was revoked.'),
};
const ALWAYS = ['id', 'name', 'owner', 'scope', 'createdAt'];

export const TOKEN_SCHEMAS: readonly Schema[] = [
  { $id: 'Token', description: 'A token, but for its text.', ...object(TOKEN, ALWAYS) },
  {
    $id: 'NewToken',
    description: 'A token with its text, which is told this once.',
    ...object({ ...TOKEN, token: text('To be sent as `Authorization: Bearer …`.') }, [
      ...ALWAYS,
      'token',
    ]),
  },
];

interface TokenRequest {
  readonly name: string;
  readonly scope: TokenScope;
  readonly owner?: string;
  readonly expiresAt?: string;
}

/** Who may use the server. */
export const tokenRoutes: Routes = (app, { store, clock }) => {
  const { tokens } = store.server;

  app.get(
    '/tokens',
    {
      config: { scope: 'admin', audited: true },
      schema: {
        summary: 'Every token there ever was, newest first',
        tags: ['administration'],
        response: { 200: { description: 'All.', ...list(ref('Token')) }, ...PROBLEMS },
      },
    },
    () => tokens.list(),
  );

  app.post<{ Body: TokenRequest }>(
    '/tokens',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Make a token',
        description: 'The first one closes a server on loopback for all who have none.',
        tags: ['administration'],
        body: object(
          {
            name: text('Unique among those in force.', { minLength: 1, maxLength: 100 }),
            scope: { enum: TOKEN_SCOPES, description: 'What it allows.' },
            owner: text('Whose runs it sees and submits; its name where absent.', {
              minLength: 1,
              maxLength: 100,
            }),
            expiresAt: time('When it ends; never where absent.'),
          },
          ['name', 'scope'],
        ),
        response: { 201: { description: 'The token.', ...ref('NewToken') }, ...PROBLEMS },
      },
    },
    async ({ body }, reply) => {
      const { name, scope, owner = name, expiresAt } = body;
      if (expiresAt !== undefined && epochMs(expiresAt) <= clock.now().getTime())
        throw new RunnerError('request-invalid', `expiresAt: ${expiresAt} is over`, {
          hint: 'Give a time that is to come, or none.',
        });
      const { token, text: secret } = tokens.create({
        name,
        owner,
        scope,
        expiresAt: expiresAt && dateAt(epochMs(expiresAt)).toISOString(),
      });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...token, token: secret });
    },
  );

  app.delete<{ Params: { readonly name: string } }>(
    '/tokens/:name',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Revoke a token, by its name or id',
        tags: ['administration'],
        params: object({ name: text('Name or id.') }),
        response: { 200: { description: 'As it is now.', ...ref('Token') }, ...PROBLEMS },
      },
    },
    ({ params }) => tokens.revoke(params.name),
  );
};
