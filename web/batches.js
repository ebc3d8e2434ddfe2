import { get, post } from './api.js';
import { element, failureBox, list, renew, row, stateOf, tell, timeOf, took } from './element.js';
import { confirmed } from './dialog.js';
import { again } from './poll.js';
import { STATE_WORDS } from './words.js';

const STATES = { active: 'not ended', failed: 'with failures' };
const ITEM_STATES = Object.keys(STATE_WORDS).filter((state) => state !== 'CANCELING');
const ITEMS_SHOWN = 100;

/** The list of batches, with filters that stand in the address. */
export async function batchesPage(_parts, query, signal) {
  const body = element('div');
  const load = async () => {
    const { batches, nextCursor } = await get(
      `/batches?${asked(query, ['app', 'state', 'cursor'])}`,
    );
    renew(
      body,
      batches.length === 0 ? noBatches() : batchTable(batches),
      nextCursor !== undefined && more('Older batches', '/batches', query, nextCursor),
    );
  };
  await load();
  again(load, signal);
  return [element('h1', {}, 'Batches'), filters(query), body];
}

const noBatches = () =>
  element(
    'p',
    {},
    'No batches here. One runs an app over many items: ',
    element('code', {}, 'cyto-run batch APP items.csv'),
    ' makes one, or POST /runner/v1/batches.',
  );

const batchTable = (batches) =>
  list(
    'Batches, newest first',
    ['Batch', 'App', 'Items', 'How they stand', 'By', 'Asked for'],
    batches.map(({ batchId, app, items, summary, submitter, createdAt }) =>
      row(
        element('a', { href: `#/batches/${encodeURIComponent(batchId)}` }, batchId),
        appText(app),
        items,
        standing(summary),
        submitter ?? '',
        timeOf(createdAt),
      ),
    ),
  );

/** One batch: how it stands, its items with their states and failures, what can be done with it. */
export async function batchPage([batchId], query, signal) {
  const path = `/batches/${encodeURIComponent(batchId)}`;
  const head = element('div');
  const items = element('div');
  const problem = element('div', { role: 'alert' });
  const load = async () => {
    const [batch, page] = await Promise.all([
      get(path),
      get(`${path}/items?${asked(query, ['state', 'cursor'], ITEMS_SHOWN)}`),
    ]);
    renew(head, ...headOf(batch, act));
    renew(
      items,
      page.items.length === 0 ? element('p', {}, 'No items here.') : itemTable(page.items),
      page.nextCursor !== undefined && more('Further items', path, query, page.nextCursor),
    );
  };
  const act = async (what, step) => {
    if (
      step === 'cancel' &&
      !(await confirmed('Cancel what has not ended of this batch?', 'Cancel it', 'Leave it'))
    )
      return;
    try {
      problem.replaceChildren();
      await post(`${path}/${step}`);
      tell(`${what}: done`);
    } catch (error) {
      tell(error.message);
      problem.replaceChildren(failureBox(error));
    }
    await load();
  };
  await load();
  again(load, signal);
  return [
    element('h1', {}, `Batch ${batchId}`),
    head,
    problem,
    element('h2', {}, 'Items'),
    itemFilter(path, query),
    items,
  ];
}

function headOf({ batchId, app, items, summary, submitter, createdAt }, act) {
  const { complete, failed, canceled, active, queued } = summary;
  const button = (what, step) => element('button', { click: () => act(what, step) }, what);
  return [
    element(
      'p',
      {},
      `${appText(app)}, ${items === 1 ? '1 item' : `${items} items`}: `,
      standing(summary),
    ),
    active + queued > 0 &&
      element(
        'label',
        {},
        `${complete + failed + canceled} of ${items} have ended`,
        element('progress', { max: items, value: complete + failed + canceled }),
      ),
    element(
      'p',
      { class: 'dim' },
      'Asked for ',
      timeOf(createdAt),
      submitter === undefined ? '' : ` by ${submitter}`,
      ' · ',
      element('a', { href: `#/runs?batch=${encodeURIComponent(batchId)}` }, 'all its runs'),
    ),
    element(
      'div',
      { class: 'actions' },
      active + queued > 0 && button('Cancel', 'cancel'),
      failed + canceled > 0 && button('Retry what failed', 'retry'),
    ),
  ];
}

const itemTable = (items) =>
  list(
    'Items, in their order',
    ['Item', 'State', 'Took', 'Run'],
    items.map(({ item, state, runId, startedAt, endedAt, failure, waiting }) =>
      row(
        element('span', { class: 'named' }, item),
        element(
          'span',
          {},
          stateOf(state),
          failure === undefined
            ? waiting && ` ${waiting}`
            : element('span', { class: 'dim' }, ` ${failure.code}: ${failure.message}`),
        ),
        element(
          'span',
          { class: 'short' },
          startedAt === undefined || endedAt === undefined ? '' : took(startedAt, endedAt),
        ),
        element('a', { href: `#/runs/${runId}` }, runId),
      ),
    ),
  );

/** `57 complete, 3 failed`; what there is none of is left out. */
function standing({ complete, failed, canceled, active, queued }) {
  const parts = [
    [complete, 'complete', 'COMPLETE'],
    [failed, 'failed', 'EXECUTOR_ERROR'],
    [canceled, 'canceled', 'CANCELED'],
    [active, 'running', 'RUNNING'],
    [queued, 'waiting', 'QUEUED'],
  ].filter(([count]) => count > 0);
  return element(
    'span',
    {},
    ...parts.flatMap(([count, word, state], at) => [
      at === 0 ? '' : ', ',
      element('span', { class: `state ${state}` }, `${count} ${word}`),
    ]),
  );
}

const appText = ({ name, version }) => (version === undefined ? name : `${name} ${version}`);

function filters(query) {
  const option = ([value, text]) =>
    element('option', { value, selected: query.get('state') === value }, text);
  return element(
    'form',
    { class: 'filters', role: 'search', submit: (event) => apply(event, '/batches') },
    element(
      'label',
      {},
      'State',
      element('select', { name: 'state' }, ...[['', 'any'], ...Object.entries(STATES)].map(option)),
    ),
    element('label', {}, 'App', element('input', { name: 'app', value: query.get('app') ?? '' })),
    element('button', {}, 'Show'),
  );
}

const itemFilter = (path, query) =>
  element(
    'form',
    { class: 'filters', role: 'search', submit: (event) => apply(event, path) },
    element(
      'label',
      {},
      'State',
      element(
        'select',
        { name: 'state' },
        ...['', ...ITEM_STATES].map((state) =>
          element(
            'option',
            { value: state, selected: query.get('state') === state },
            state === '' ? 'any' : `${state}: ${STATE_WORDS[state]}`,
          ),
        ),
      ),
    ),
    element('button', {}, 'Show'),
  );

function apply(event, path) {
  event.preventDefault();
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(event.currentTarget))
    if (value !== '') chosen.set(name, String(value));
  location.hash = `${path}?${chosen}`;
}

function asked(query, names, limit = 50) {
  const wanted = new URLSearchParams({ limit: String(limit) });
  for (const name of names) if (query.get(name)) wanted.set(name, query.get(name));
  return wanted;
}

function more(text, path, query, cursor) {
  const next = new URLSearchParams(query);
  next.set('cursor', cursor);
  return element('p', {}, element('a', { href: `#${path}?${next}` }, text));
}
