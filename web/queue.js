import { get, post } from './api.js';
import { element, list, renew, row, stateOf, tell, timeOf } from './element.js';
import { confirmed } from './dialog.js';
import { again } from './poll.js';

/** What waits and runs, and why each run waits. */
export async function queuePage(_parts, _query, signal) {
  const body = element('div');
  const load = async () => {
    const { runs, nextCursor } = await get('/runs?state=active&limit=100');
    const whys = await Promise.all(
      runs.map(({ runId }) => get(`/runs/${runId}/why`).catch(() => ({ sentence: '' }))),
    );
    renew(
      body,
      runs.length === 0
        ? element(
            'p',
            {},
            'Nothing waits and nothing runs. Start something from ',
            element('a', { href: '#/apps' }, 'an app'),
            ', or look at ',
            element('a', { href: '#/runs' }, 'what has ended'),
            '.',
          )
        : list(
            'What waits and runs',
            ['Run', 'App', 'State', 'Why', 'By', 'Since', 'Actions'],
            runs.map((run, at) => queueRow(run, whys[at], load)),
          ),
      nextCursor !== undefined &&
        element(
          'p',
          {},
          'These are the newest 100. ',
          element('a', { href: '#/runs?state=active' }, 'All that has not ended'),
          '.',
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
          if (
            path === 'cancel' &&
            !(await confirmed(`Cancel run ${run.runId}?`, 'Cancel it', 'Leave it'))
          )
            return;
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
    timeOf(since),
    element(
      'span',
      { class: 'actions' },
      run.state === 'QUEUED' && (isHeld ? act('Release', 'release') : act('Hold', 'hold')),
      act('Cancel', 'cancel'),
    ),
  );
}
