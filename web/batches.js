import { get, isEnd, post } from './api.js';
import { ago, element, row, stateOf, table, tell } from './element.js';
import { again } from './runs.js';

/** The batches, or one of them with its items. */
export async function batchesPage([batchId], _query, signal) {
  const body = element('div');
  const load = async () =>
    body.replaceChildren(
      ...(batchId === undefined ? await listOf() : await oneOf(batchId, () => load())),
    );
  await load();
  again(load, signal);
  return [element('h1', {}, batchId === undefined ? 'Batches' : `Batch ${batchId}`), body];
}

async function listOf() {
  const { batches } = await get('/batches');
  if (batches.length === 0) return [element('p', {}, 'No batches yet.')];
  return [
    table(
      'Batches, newest first',
      ['Batch', 'App', 'Items', 'Complete', 'Failed', 'Asked for'],
      batches.map(({ batchId, app, summary, createdAt }) =>
        row(
          element('a', { href: `#/batches/${batchId}` }, batchId),
          app.name,
          summary.items,
          summary.complete,
          summary.failed,
          element('time', { datetime: createdAt }, ago(createdAt)),
        ),
      ),
    ),
  ];
}

async function oneOf(batchId, load) {
  const batch = await get(`/batches/${encodeURIComponent(batchId)}`);
  const act = (what, path) =>
    element(
      'button',
      {
        click: async () => {
          await post(`/batches/${encodeURIComponent(batchId)}/${path}`).then(
            () => tell(`${what}: done`),
            (error) => tell(error.message),
          );
          await load();
        },
      },
      what,
    );
  const items = batch.items ?? [];
  const isOver = items.every(({ state }) => isEnd(state));
  return [
    element(
      'div',
      { class: 'actions' },
      isOver ? act('Retry what failed', 'retry') : act('Cancel', 'cancel'),
    ),
    table(
      'Items',
      ['Item', 'State', 'Run'],
      items.map(({ item, state, runId, failureCode }) =>
        row(
          item,
          element('span', {}, stateOf(state), failureCode === undefined ? '' : ` ${failureCode}`),
          element('a', { href: `#/runs/${runId}` }, runId),
        ),
      ),
    ),
  ];
}
