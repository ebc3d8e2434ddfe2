import { get } from './api.js';
import { element, list, renew, row, stateOf, timeOf } from './element.js';
import { again } from './poll.js';
import { STATE_WORDS } from './words.js';

const STATES = [
  ['', 'any'],
  ['active', 'not ended'],
  ['failed', 'failed'],
  ...Object.entries(STATE_WORDS).map(([state, words]) => [state, `${state}: ${words}`]),
];

/** The list of runs, with filters that stand in the address. */
export async function runsPage(_parts, query, signal) {
  const body = element('div');
  const load = async () => {
    const { runs, nextCursor } = await get(`/runs?${asked(query)}`);
    renew(
      body,
      runs.length === 0 ? noRuns(query) : runTable(runs),
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
  };
  await load();
  again(load, signal);
  return [element('h1', {}, 'Runs'), filters(query), body];
}

const noRuns = (query) =>
  [...query].length > 0
    ? element(
        'p',
        {},
        'No runs like that. ',
        element('a', { href: '#/runs' }, 'Show all runs'),
        '.',
      )
    : element(
        'p',
        {},
        'No runs here yet. Start one from ',
        element('a', { href: '#/apps' }, 'an app'),
        '.',
      );

const runTable = (runs) =>
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
        timeOf(run.createdAt),
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
  const option = ([state, words]) =>
    element('option', { value: state, selected: query.get('state') === state }, words);
  return element(
    'form',
    { class: 'filters', submit: apply, role: 'search' },
    element('label', {}, 'State', element('select', { name: 'state' }, ...STATES.map(option))),
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
