import { get, isEnd } from './api.js';
import { ago, element, list, renew, row, stateOf } from './element.js';

const STATES = [
  'active',
  'failed',
  'QUEUED',
  'INITIALIZING',
  'RUNNING',
  'COMPLETE',
  'EXECUTOR_ERROR',
  'SYSTEM_ERROR',
  'CANCELED',
];
const LOOK_AGAIN_MS = 3_000;

/** The list of runs, with filters that stand in the address. */
export async function runsPage(_parts, query, signal) {
  const body = element('div');
  const load = async () => {
    const { runs, nextCursor } = await get(`/runs?${asked(query)}`);
    renew(
      body,
      runs.length === 0
        ? element(
            'p',
            {},
            'No runs here yet. Start one from ',
            element('a', { href: '#/apps' }, 'an app'),
            '.',
          )
        : runTable(runs),
      ...(nextCursor === undefined
        ? []
        : [
            element(
              'p',
              {},
              element('a', { href: `#/runs?${withCursor(query, nextCursor)}` }, 'Older runs'),
            ),
          ]),
    );
    return runs.some(({ state }) => !isEnd(state));
  };
  await load();
  again(load, signal);
  return [element('h1', {}, 'Runs'), filters(query), body];
}

/** Looks again and again until the page is left; a look that fails is made up for by the next. */
export async function again(load, signal) {
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    if (signal.aborted || document.hidden) continue;
    await load().catch(() => undefined);
  }
}

export const runTable = (runs) =>
  list(
    'Runs, newest first',
    ['Run', 'App', 'State', 'Progress', 'By', 'Asked for'],
    runs.map((run) =>
      row(
        element('a', { href: `#/runs/${run.runId}` }, run.runId),
        `${run.app.name}${run.app.version === undefined ? '' : ` ${run.app.version}`}`,
        element(
          'span',
          {},
          stateOf(run.state),
          run.failureCode === undefined ? '' : ` ${run.failureCode}`,
        ),
        run.percent === undefined ? '' : `${Math.round(run.percent)} %`,
        run.submitter ?? '',
        element('time', { datetime: run.createdAt }, ago(run.createdAt)),
      ),
    ),
  );

function filters(query) {
  const apply = (event) => {
    event.preventDefault();
    const chosen = new URLSearchParams();
    for (const [name, value] of new FormData(event.currentTarget))
      if (value !== '') chosen.set(name, String(value));
    location.hash = `/runs?${chosen}`;
  };
  const option = (state) =>
    element('option', { value: state, selected: query.get('state') === state }, state || 'any');
  return element(
    'form',
    { class: 'filters', submit: apply, role: 'search' },
    element(
      'label',
      {},
      'State',
      element('select', { name: 'state' }, ...['', ...STATES].map(option)),
    ),
    element('label', {}, 'App', element('input', { name: 'app', value: query.get('app') ?? '' })),
    element(
      'label',
      {},
      'Search',
      element('input', { name: 'search', type: 'search', value: query.get('search') ?? '' }),
    ),
    element('button', {}, 'Show'),
  );
}

const asked = (query) => {
  const wanted = new URLSearchParams({ limit: '50' });
  for (const name of ['state', 'app', 'search', 'batch', 'cursor'])
    if (query.get(name)) wanted.set(name, query.get(name));
  return wanted;
};

function withCursor(query, cursor) {
  const next = new URLSearchParams(query);
  next.set('cursor', cursor);
  return next;
}
