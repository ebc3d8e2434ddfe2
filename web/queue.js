import { get, post } from './api.js';
import { ago, element, list, renew, row, stateOf, tell } from './element.js';
import { again } from './runs.js';

/** What waits and runs, and why each run waits. */
export async function queuePage(_parts, _query, signal) {
  const body = element('div');
  const load = async () => {
    const { runs } = await get('/runs?state=active&limit=100');
    const whys = await Promise.all(
      runs.map(({ runId }) => get(`/runs/${runId}/why`).catch(() => ({ sentence: '' }))),
    );
    renew(
      body,
      runs.length === 0
        ? element('p', {}, 'Nothing waits and nothing runs.')
        : list(
            'What waits and runs',
            ['Run', 'App', 'State', 'Why', 'By', 'Since', ''],
            runs.map((run, at) => queueRow(run, whys[at], load)),
          ),
    );
  };
  await load();
  again(load, signal);
  return [element('h1', {}, 'Queue'), body];
}

function queueRow(run, why, load) {
  const act = (what, path, body) =>
    element(
      'button',
      {
        click: async () => {
          try {
            await post(`/runs/${run.runId}/${path}`, body);
            tell(`${what}: ${run.runId}`);
          } catch (error) {
            tell(error.message);
          }
          await load();
        },
        'aria-label': `${what} ${run.runId}`,
      },
      what,
    );
  const since = why.since ?? run.createdAt;
  const isHeld = why.code === 'queue-held';
  return row(
    element('a', { href: `#/runs/${run.runId}` }, run.runId),
    run.app.name,
    stateOf(run.state),
    why.sentence,
    run.submitter ?? '',
    element('time', { datetime: since }, ago(since)),
    element(
      'span',
      { class: 'actions' },
      run.state === 'QUEUED' && (isHeld ? act('Release', 'release') : act('Hold', 'hold')),
      act('Cancel', 'cancel'),
    ),
  );
}
