import { isTerminal, type RunRecord } from '../../runner/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { ref } from '../http/schemas.ts';
import type { RouteContext, Routes } from './route.ts';
import { CANCEL, ofOneRun, RUN_ID } from './run-schemas.ts';
import type { ById } from './runs.ts';
import { visibleRun } from './visible.ts';

/** Steering runs. */
export const steerRoutes: Routes = (app, context) => {
  const { store } = context;
  app.post<ById & { Body: { readonly now?: boolean } | null }>(
    '/runs/:runId/cancel',
    {
      config: { scope: 'submit' },
      schema: {
        ...ofOneRun('End a run: SIGTERM, grace, SIGKILL', ref('RunRecord')),
        body: { anyOf: [CANCEL, { type: 'null' }] },
      },
    },
    ({ params, principal, body }) => {
      const record = visibleRun(store, params.runId, principal);
      return isTerminal(record.state) ? record : cancel(record, body?.now === true, context);
    },
  );

  app.delete<ById>(
    '/runs/:runId',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Forget a run that has ended, with its logs and kept outputs',
        tags: ['runs'],
        params: RUN_ID,
        response: { 204: { description: 'It is gone.', type: 'null' }, ...PROBLEMS },
      },
    },
    async ({ params, principal }, reply) => {
      await store.remove(visibleRun(store, params.runId, principal).runId);
      return reply.code(204).send();
    },
  );
};

/** Ends a run that has not ended, wherever it is. */
export function cancel(
  { runId }: RunRecord,
  now: boolean,
  { executor, dispatcher, active }: RouteContext,
): RunRecord {
  const record = executor.requestStop(runId, 'user', now);
  const waited = active.has(runId) ? undefined : dispatcher.take(runId);
  return waited === undefined ? record : executor.endWaiting(record, 'user');
}
