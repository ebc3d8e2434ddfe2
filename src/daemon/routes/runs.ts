import { dateAt, epochMs } from '../../base/clock.ts';
import { whyOf } from '../../report/index.ts';
import { isTerminal, RUN_STATES, type RunRecord, type RunState } from '../../runner/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { isAdmin } from '../http/principal.ts';
import { list, ref } from '../http/schemas.ts';
import type { Routes } from './route.ts';
import { ofOneRun, RUN_QUERY } from './run-schemas.ts';
import { visibleRun } from './visible.ts';
import { waitingIn } from './waiting-in.ts';

/** A request about one run. */
export interface ById {
  readonly Params: { readonly runId: string };
}

interface ListQuery {
  readonly state?: readonly (RunState | 'active' | 'failed')[];
  readonly app?: string;
  readonly batch?: string;
  readonly submitter?: string;
  readonly since?: string;
  readonly before?: string;
  readonly search?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** Looking at runs. */
export const runRoutes: Routes = (app, context) => {
  const { store, clock, dispatcher } = context;
  app.get<ById>(
    '/runs/:runId',
    { config: { scope: 'read' }, schema: ofOneRun('Everything about one run', ref('RunRecord')) },
    ({ params, principal }) => visibleRun(store, params.runId, principal),
  );

  app.get<ById>(
    '/runs/:runId/parameters',
    {
      config: { scope: 'read' },
      schema: ofOneRun('Every value, with where it came from', list(ref('RunParameter'))),
    },
    ({ params, principal }) => parametersOf(visibleRun(store, params.runId, principal)),
  );

  app.get<ById>(
    '/runs/:runId/why',
    {
      config: { scope: 'read' },
      schema: ofOneRun('Why it waits, runs or ended as it did', ref('Why')),
    },
    ({ params, principal }) => {
      const record = visibleRun(store, params.runId, principal);
      const queue = dispatcher.waitOf(record.runId);
      const attended = store.isAttended(record.runId);
      return whyOf(record, { now: clock.now(), attended, ...(queue && { queue }) });
    },
  );
};

/** `GET /runs`. */
export const listRoutes: Routes = (app, { store, dispatcher }) => {
  app.get<{ Querystring: ListQuery }>(
    '/runs',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'List runs, newest first',
        tags: ['runs'],
        querystring: RUN_QUERY,
        response: { 200: { description: 'One page.', ...ref('RunPage') }, ...PROBLEMS },
      },
    },
    ({ query, principal }) => {
      const { state, since, before, submitter, ...rest } = query;
      const whose = isAdmin(principal) ? submitter : principal.name;
      const page = store.list({
        ...rest,
        ...(state === undefined ? {} : { states: state.flatMap(statesOf) }),
        ...(since === undefined ? {} : { since: dateAt(epochMs(since)) }),
        ...(before === undefined ? {} : { before: dateAt(epochMs(before)) }),
        ...(whose === undefined ? {} : { submitter: whose }),
      });
      return { ...page, runs: page.runs.map((run) => ({ ...run, ...waitingIn(dispatcher, run) })) };
    },
  );
};
/** What people say for several states. */
const statesOf = (name: RunState | 'active' | 'failed'): readonly RunState[] => {
  if (name === 'active') return RUN_STATES.filter((state) => !isTerminal(state));
  if (name === 'failed')
    return RUN_STATES.filter((state) => isTerminal(state) && state !== 'COMPLETE');
  return [name];
};

const parametersOf = ({ parameters, inputOrigins = [] }: RunRecord): readonly object[] =>
  parameters.map((parameter) => {
    const origins = inputOrigins.filter(({ inputId }) => inputId === parameter.inputId);
    return origins.length === 0 ? parameter : { ...parameter, origins };
  });
