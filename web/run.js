import { follow, get, isEnd, post } from './api.js';
import { element, renew, row, stateOf, table, tell, took } from './element.js';
import { outputsOf } from './outputs.js';
import { inputsOf } from './run-inputs.js';

/** What of a log is shown: the page of a run that writes gigabytes stays usable. */
const LOG_CHARS_MAX = 400_000;

/** One run: where it is, live; what it was given, wrote, left, and what can be done with it. */
export async function runPage([runId], _query, signal) {
  const view = new RunView(runId, signal);
  await view.load();
  view.followToEnd();
  return view.parts;
}

class RunView {
  constructor(runId, signal) {
    this.runId = runId;
    this.signal = signal;
    this.head = element('div');
    this.facts = element('div');
    this.outputs = element('div');
    this.log = element('pre', { tabindex: '0', role: 'log', 'aria-label': 'What the app writes' });
    this.logChars = 0;
  }

  get parts() {
    const all = `/runner/v1/runs/${this.runId}/logs`;
    return [
      element('h1', {}, this.record.app.name),
      this.head,
      element('h2', {}, 'Log'),
      this.log,
      element(
        'p',
        { class: 'dim' },
        element('a', { href: `${all}/stdout`, download: `${this.runId}.stdout` }, 'stdout'),
        ' · ',
        element('a', { href: `${all}/stderr`, download: `${this.runId}.stderr` }, 'stderr'),
        ' (in grey)',
      ),
      this.outputs,
      this.facts,
    ];
  }

  async load() {
    const path = `/runs/${encodeURIComponent(this.runId)}`;
    [this.record, this.why] = await Promise.all([get(path), get(`${path}/why`)]);
    renew(this.head, ...this.headOf());
    renew(this.facts, ...this.factsOf());
    if (isEnd(this.record.state) && this.shownOutputs !== this.record.seq) {
      this.shownOutputs = this.record.seq;
      this.outputs.replaceChildren(...outputsOf(this.record));
    }
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
        if (kind === 'log') this.append(message);
        else {
          // What was so when the page was opened is no news.
          if (message.type === 'state' && message.seq > openedAt)
            tell(`${this.record.app.name}: ${message.state}`);
          loadSoon();
        }
      },
      this.signal,
    );
  }

  append({ stream, text, base64 }) {
    const isAtEnd = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 40;
    const shown = text ?? `[${base64.length} characters of base64: not text]\n`;
    // A progress bar goes back to the beginning of its line: so does what is shown of it.
    for (const part of shown.split(/(?=\r(?!\n))/)) this.appendPart(stream, part);
    while (this.logChars > LOG_CHARS_MAX && this.log.childNodes.length > 1) {
      this.logChars -= this.log.firstChild.textContent.length;
      this.log.firstChild.remove();
    }
    if (isAtEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  appendPart(stream, part) {
    const last = this.log.lastChild;
    const isRedrawn = part.startsWith('\r') && !part.startsWith('\r\n');
    if (isRedrawn && last?.className === stream) {
      const before = last.textContent;
      const kept = before.slice(0, before.lastIndexOf('\n') + 1);
      last.textContent = kept + part.slice(1);
      this.logChars += last.textContent.length - before.length;
      return;
    }
    this.log.append(element('span', { class: stream }, isRedrawn ? part.slice(1) : part));
    this.logChars += part.length;
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
          failure.hint && element('p', { class: 'dim' }, failure.hint),
        ),
      this.actions(),
    ].filter(Boolean);
  }

  actions() {
    const { app, runId } = this.record;
    const act = (what, path, then) =>
      element(
        'button',
        {
          click: async () => {
            try {
              const answer = await post(`/runs/${this.runId}/${path}`);
              tell(`${what}: done`);
              await then(answer);
            } catch (error) {
              tell(error.message);
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

  factsOf() {
    const { record } = this;
    const command = record.container?.shellLine ?? record.container?.argv.join(' ');
    return [
      element('h2', {}, 'Timeline'),
      table(
        'Timeline',
        ['Step', 'Began', 'Took'],
        record.phases.map(({ phase, startedAt, endedAt }) =>
          row(
            phase,
            startedAt.replace('T', ' ').slice(0, 19),
            endedAt === undefined ? '…' : took(startedAt, endedAt),
          ),
        ),
      ),
      element('h2', {}, 'Parameters'),
      record.parameters.length === 0
        ? element('p', {}, 'None.')
        : table(
            'Parameters',
            ['Name', 'Value', 'From'],
            record.parameters.map(({ inputId, value, source }) =>
              row(inputId, textOf(value), source),
            ),
          ),
      ...inputsOf(record),
      ...(command === undefined ? [] : [element('h2', {}, 'Command'), element('pre', {}, command)]),
    ];
  }
}

function textOf(value) {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'object' && value !== null ? value.text : String(value);
}
