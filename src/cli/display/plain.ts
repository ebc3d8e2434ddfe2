import { epochMs } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import { clockTime, plainLine, visible } from '../../report/index.ts';
import { isTerminal, lastLine, type RunRecord } from '../../runner/index.ts';
import { appLines } from './app-lines.ts';
import { changesBetween, type Change } from './changes.ts';
import type { DisplayOptions, LiveDisplay } from './options.ts';
import { bytesText, PHASE_TEXT, waitingText } from './words.ts';

/** The story for a log: a line for each change, each tenth of progress, and each half minute without any. */
export function plainDisplay({ write, clock, verbose }: DisplayOptions): LiveDisplay {
  const closing = new AbortController();
  const newest = lastLine();
  const lines = appLines();
  let record: RunRecord | undefined;
  let told: { readonly step: number; readonly ms: number } = { step: 0, ms: clock.monotonicMs() };
  let pulled = { bytes: -Infinity, ms: -Infinity };

  const tell = (text: string): void => {
    const begun = record === undefined ? clock.now().getTime() : epochMs(record.createdAt);
    write(`${clockTime(clock.now().getTime() - begun).padStart(7)}  ${text}\n`);
    told = { ...told, ms: clock.monotonicMs() };
  };
  const tellProgress = (percent: number, message: string | undefined): void => {
    const step = Math.floor(percent / LIMITS.displayPercentStep);
    if (step === told.step && clock.monotonicMs() - told.ms < LIMITS.displayHeartbeatMs) return;
    told = { ...told, step };
    tell(`${percent} %${message === undefined ? '' : `  ${visible(message)}`}`);
  };
  void beat();
  return {
    onRecord: (next) => {
      const changes = changesBetween(record, next);
      record = next;
      const progress = changes.find((change) => change.type === 'progress');
      if (progress !== undefined) tellProgress(progress.percent, progress.message);
      for (const change of changes) if (change.type === 'warning') tell(changeText(change));
      const text = changesText(changes.filter(({ type }) => type !== 'warning'));
      if (text !== '') tell(text);
    },
    onOutput: (chunk) => {
      if (verbose) for (const { text } of lines.push(chunk)) write(`${text}\n`);
      else newest.push(chunk);
    },
    onPull: ({ receivedBytes, totalBytes, status }) => {
      const now = clock.monotonicMs();
      const step = ((totalBytes ?? Infinity) * LIMITS.displayPercentStep) / 100;
      const far = receivedBytes - pulled.bytes >= step || receivedBytes === totalBytes;
      if (receivedBytes === pulled.bytes) return;
      if (!far && now - pulled.ms < LIMITS.displayHeartbeatMs) return;
      pulled = { bytes: receivedBytes, ms: now };
      tell(`image: ${visible(status)}, ${bytesText(receivedBytes, totalBytes)}`);
    },
    onBuildLine: (line) => {
      tell(`build: ${plainLine(line)}`);
    },
    say: (line) => {
      tell(line);
    },
    close: () => {
      closing.abort();
      if (verbose) for (const { text } of lines.end()) write(`${text}\n`);
    },
  };

  async function beat(): Promise<void> {
    while (!closing.signal.aborted) {
      const quietMs = clock.monotonicMs() - told.ms;
      const waitMs = Math.max(1, LIMITS.displayHeartbeatMs - quietMs);
      await clock.sleep(waitMs, closing.signal, 'background');
      if (record !== undefined && clock.monotonicMs() - told.ms >= LIMITS.displayHeartbeatMs)
        tellStill(record);
    }
  }

  function tellStill({ state, progress, waiting }: RunRecord): void {
    if (closing.signal.aborted || isTerminal(state)) return;
    const percent = progress === undefined ? '' : `, ${progress.percent} %`;
    const words = waiting === undefined ? plainLine(newest.text()) : visible(waiting.message);
    tell(`still ${state}${percent}${words === '' ? '' : `: ${words.slice(0, 200)}`}`);
  }
}

const changesText = (changes: readonly Change[]): string =>
  changes
    .filter(notSaidTwice)
    .map(changeText)
    .filter((text) => text !== '')
    .join(', ');

/** Why it waits says that it waits. */
const notSaidTwice = (change: Change, _at: number, all: readonly Change[]): boolean =>
  !(
    change.type === 'phase' &&
    change.phase === 'wait' &&
    all.some(({ type }) => type === 'waiting')
  );

/** What is worth a line; the rest is in the closing lines or told elsewhere. */
function changeText(change: Change): string {
  switch (change.type) {
    case 'created':
      return visible([change.app, change.version ?? ''].join(' ').trim());
    case 'state':
      return change.state;
    case 'phase':
      return PHASE_TEXT[change.phase];
    case 'image':
      return `image ${visible(change.reference)} is ${change.digest ?? change.id}`;
    case 'waiting':
      return waitingText(visible(change.message));
    case 'attempt-failed':
      return `attempt ${change.attempt} failed: ${change.code}: ${visible(change.message)}`;
    case 'warning':
      return `warning: ${visible(change.message)}`;
    case 'exit':
      return change.neverRan === undefined
        ? `the app ended with code ${change.exitCode}`
        : `the app never started: ${visible(change.neverRan)}`;
    case 'progress':
    case 'outputs':
    case 'failure':
      return '';
    default:
      return change satisfies never;
  }
}
