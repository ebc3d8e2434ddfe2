import { RunnerError } from '../../base/errors.ts';
import type { QueuePlace, RunRecord } from '../../runner/index.ts';
import type { Principal } from '../http/principal.ts';
import { PROBLEMS } from '../http/server.ts';
import { object, ref, text, time, type Schema } from '../http/schemas.ts';
import { changedPlace, heldPlace, releasedPlace, type PlaceChange } from '../queue/change-place.ts';
import type { RouteContext, Routes } from './route.ts';
import { PRIORITY, RUN_ID } from './run-schemas.ts';
import type { ById } from './runs.ts';
import { visibleRun } from './visible.ts';

const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

const HOLD: Schema = object({ reason: text('Why, for whoever asks.', { maxLength: 500 }) }, []);

const CHANGE: Schema = object(
  {
    priority: PRIORITY,
    deadline: nullable(time('A run that has not begun by then never does; null: no deadline.')),
    notBefore: nullable(time('It does not begin earlier; null: as soon as it can.')),
  },
  [],
  { minProperties: 1 },
);

/** The place of waiting runs in the queue. Every change is durable before it is answered. */
export const queueRoutes: Routes = (app, context) => {
  const describe = (summary: string, body?: Schema): object => ({
    config: { scope: 'submit' },
    schema: {
      summary,
      description: 'For a run that waits; one that has begun is refused with `not-waiting`.',
      tags: ['queue'],
      params: RUN_ID,
      ...(body === undefined ? {} : { body }),
      response: { 200: { description: 'The run now.', ...ref('RunRecord') }, ...PROBLEMS },
    },
  });

  app.post<ById & { Body: { readonly reason?: string } | null }>(
    '/runs/:runId/hold',
    describe('Let a run wait until it is released', nullable(HOLD)),
    ({ params, principal, body }) =>
      place(params.runId, principal, context, (now) =>
        heldPlace(now, principal, body?.reason, context.clock.now()),
      ),
  );

  app.post<ById>(
    '/runs/:runId/release',
    describe('Let a held run begin'),
    ({ params, principal }) =>
      place(params.runId, principal, context, (now) =>
        releasedPlace(now, principal, context.clock.now()),
      ),
  );

  app.patch<ById & { Body: PlaceChange }>(
    '/runs/:runId',
    describe('Change priority or times of a run', CHANGE),
    ({ params, principal, body }) =>
      place(params.runId, principal, context, (now) =>
        changedPlace(now, body, principal, context.clock.now()),
      ),
  );
};

function place(
  id: string,
  principal: Principal,
  { store, dispatcher, active }: RouteContext,
  change: (place: QueuePlace) => QueuePlace,
): RunRecord {
  const { runId, queue, state } = visibleRun(store, id, principal);
  if (queue === undefined || !dispatcher.has(runId))
    throw new RunnerError('not-waiting', `run ${runId} does not wait in the queue (${state})`, {
      hint: `\`cyto-run why ${runId}\` says where it is.`,
    });
  const changed = change(queue);
  const record = store.append(runId, [{ type: 'queue', queue: changed }]);
  dispatcher.setPlace(runId, changed);
  active.observerOf(runId).onRecord?.(record);
  return record;
}
