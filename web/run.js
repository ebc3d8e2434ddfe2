import { ask, follow, get, isEnd, post } from './api.js';
import { confirmed } from './dialog.js';
import { element, failureBox, renew, stateOf, tell } from './element.js';
import { factsOf } from './facts.js';
import { LogView, SHOWN_CHARS_MAX } from './log.js';
import { outputsOf } from './outputs.js';
import { hintHere, STATE_WORDS } from './words.js';

/** One run: where it is, live; what it was given, wrote, left, and what can be done with it. */
export async function runPage([runId], _query, signal) {
  const view = new RunView(runId, signal);
  await view.load();
  if (view.isLongOver) await view.showEnd();
  else view.followToEnd();
  return view.parts;
}

class RunView {
  constructor(runId, signal) {
    this.runId = runId;
    this.signal = signal;
    this.head = element('div');
    this.facts = element('div');
    this.outputs = element('div');
    this.log = new LogView(runId);
    this.toldQuarter = 0;
    this.problem = element('div', { role: 'alert' });
  }

  get parts() {
    return [
      element('h1', {}, this.record.app.name),
      this.head,
      ...this.log.parts,
      this.outputs,
      this.facts,
    ];
  }

  async load() {
    const path = `/runs/${encodeURIComponent(this.runId)}`;
    [this.record, this.why] = await Promise.all([get(path), get(`${path}/why`)]);
    renew(this.head, ...this.headOf());
    renew(this.facts, ...factsOf(this.record));
    const { logs, state } = this.record;
    // A run that ended before its app began has none.
    const bytes = logs === undefined ? 0 : logs.stdoutBytes + logs.stderrBytes;
    this.log.tellEmpty(isEnd(state) ? bytes : undefined);
    this.tellProgress();
    if (isEnd(this.record.state) && this.shownOutputs !== this.record.seq) {
      this.shownOutputs = this.record.seq;
      this.outputs.replaceChildren(...outputsOf(this.record));
    }
  }

  /** Nothing comes any more, and its log is longer than what is shown of one. */
  get isLongOver() {
    const { state, logs } = this.record;
    return isEnd(state) && logs?.stdoutBytes + logs?.stderrBytes > SHOWN_CHARS_MAX;
  }

  async showEnd() {
    const path = `/runs/${encodeURIComponent(this.runId)}/logs/both`;
    const answer = await ask('GET', `${path}?format=lines&tail=${SHOWN_CHARS_MAX}`);
    this.log.showEnd(await answer.text());
  }

  /** Each quarter once, for those who do not see the bar. */
  tellProgress() {
    const quarter = Math.floor((this.record.progress?.percent ?? 0) / 25);
    if (quarter > this.toldQuarter && !isEnd(this.record.state)) tell(`${quarter * 25} %`);
    this.toldQuarter = quarter;
  }

  async followToEnd() {
    let isDue = false;
    const openedAt = this.record.seq;
    const loadSoon = () => {
      if (isDue) return;
      isDue = true;
      setTimeout(() => {
        isDue = false;
        this.load().catch((error) => tell(error.message));
      }, 300);
    };
    await follow(
      this.runId,
      (kind, message) => {
        if (kind === 'log') this.log.append(message);
        else {
          // What was so when the page was opened is no news.
          if (message.type === 'state' && message.seq > openedAt)
            tell(`${this.record.app.name}: ${message.state}, ${STATE_WORDS[message.state]}`);
          loadSoon();
        }
      },
      this.signal,
    );
  }

  headOf() {
    const { record, why } = this;
    const { progress, failure } = record;
    return [
      element(
        'p',
        {},
        stateOf(record.state),
        // What failed is told in full below.
        failure === undefined ? ` ${why.sentence} ` : ' ',
        element('span', { class: 'dim' }, record.runId),
      ),
      progress !== undefined &&
        !isEnd(record.state) &&
        element(
          'label',
          {},
          progress.message ?? `${Math.round(progress.percent)} %`,
          element('progress', { max: 100, value: progress.percent }),
        ),
      failure !== undefined &&
        element(
          'div',
          { class: 'failure' },
          element('p', {}, element('strong', {}, failure.code), ` ${failure.message}`),
          hintOf(failure) && element('p', { class: 'dim' }, hintOf(failure)),
        ),
      ...record.warnings.map(({ code, message }) =>
        element('p', { class: 'warning' }, element('strong', {}, code), ` ${message}`),
      ),
      this.actions(),
      this.problem,
    ].filter(Boolean);
  }

  actions() {
    const { app, runId, state } = this.record;
    const act = (what, path, then) =>
      element(
        'button',
        {
          click: async () => {
            const isCancel = path === 'cancel';
            if (isCancel && !(await confirmed('Cancel this run?', 'Cancel it', 'Let it go on')))
              return;
            this.problem.replaceChildren();
            try {
              const answer = await post(`/runs/${this.runId}/${path}`);
              tell(`${what}: done`);
              await then(answer);
            } catch (error) {
              this.problem.replaceChildren(failureBox(error));
            }
          },
        },
        what,
      );
    return element(
      'div',
      { class: 'actions' },
      isEnd(this.record.state)
        ? act('Run again', 'rerun', (run) => {
            location.hash = `/runs/${run.runId ?? run.run?.runId}`;
          })
        : act('Cancel', 'cancel', () => this.load()),
      state === 'QUEUED' &&
        (this.why.code === 'queue-held'
          ? act('Release', 'release', () => this.load())
          : act('Hold', 'hold', () => this.load())),
      app.version !== undefined &&
        element(
          'a',
          {
            href: `#/apps/${encodeURIComponent(app.name)}/${encodeURIComponent(app.version)}?from=${runId}`,
          },
          'With other values',
        ),
    );
  }
}

/** The log is on this very page. */
const hintOf = ({ code, hint }) =>
  code === 'app-exit' ? 'Its whole output is in the log below.' : hintHere(hint);
