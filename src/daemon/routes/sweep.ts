import { PROBLEMS } from '../http/server.ts';
import { count, flag, list, object, text } from '../http/schemas.ts';
import type { Routes } from './route.ts';

/** `POST /sweep`: what the server does every hour, now. */
export const sweepRoutes: Routes = (app, { sweep }) => {
  app.post<{ Querystring: { dryRun: boolean } }>(
    '/sweep',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Remove the runs that are not kept',
        tags: ['service'],
        querystring: object({ dryRun: { ...flag('Only say which.'), default: false } }, []),
        response: {
          200: {
            description: 'What was removed, or would be.',
            ...object({
              dryRun: flag('Nothing was removed.'),
              removed: list(
                object({
                  runId: text('Its id.'),
                  sizeBytes: count('Its size.'),
                  why: text('Why.'),
                }),
              ),
              freedBytes: count('Bytes of all of them, where a quota asks for sizes.'),
              kept: count('Runs that stay.'),
              forgottenMessages: count('Messages of webhooks, delivered long ago.'),
            }),
          },
          ...PROBLEMS,
        },
      },
    },
    ({ query }) => sweep(query.dryRun),
  );
};
