import { epochMs } from '../../base/clock.ts';
import { parseExitFile } from '../exit-file.ts';
import { explainExit } from '../apptainer/explain.ts';
import type { EngineEnding, EngineWarning, ExitStatus } from '../engine.ts';

/** How a job ended, as its own script wrote it down on the node. */
export interface JobExit {
  readonly status: ExitStatus;
  /** We asked for the end. */
  readonly asked: boolean;
  /** Somebody else asked: the scheduler at a limit, an administrator. The scheduler knows which. */
  readonly signaled: boolean;
  /** Nothing but the scheduler's word can tell whether the kill was for want of memory. */
  readonly killed: boolean;
  /** How long its output is; less was not seen of it yet. */
  readonly outputBytes: { readonly stdout: number; readonly stderr: number };
}

const FAILURES: Readonly<Record<string, EngineEnding['code']>> = {
  'node-failed': 'node-failed',
  'disk-full': 'disk-full',
  'staging-failed': 'staging-failed',
};

const UNPACKED_ON_NODE: EngineWarning = {
  code: 'image-unpacked',
  message:
    'FUSE cannot be used on the node (/dev/fuse), so Apptainer unpacked the image there for this run.',
};

/** Reads an exit file of `batch-script.ts`; `undefined` when it is not complete: nothing is known then. */
export function parseJobExit(text: string): JobExit | undefined {
  const status = parseExitFile(text);
  if (status === undefined) return undefined;
  const fields = new Map(
    text.split('\n').map((line): [string, string] => {
      const at = Math.max(line.indexOf('='), 0);
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const field = (name: string): string => fields.get(name) ?? '';
  const ending = endingOf(field('failed'), field('failed-because'));
  const asked = field('asked') !== '';
  const signaled = field('signaled') !== '';
  const own = {
    ...withoutBrokenTimes(status),
    ...(ending === undefined ? {} : { ending }),
    ...(field('image-unpacked') === '' ? {} : { warnings: [UNPACKED_ON_NODE] }),
  };
  return {
    status: explainExit(own, `${field('runtime-said')}\n`, field('program')),
    asked,
    signaled: signaled && !asked,
    killed: status.exitCode === 137 && !status.outOfMemory && !asked && ending === undefined,
    outputBytes: { stdout: Number(field('stdout-bytes')), stderr: Number(field('stderr-bytes')) },
  };
}

function endingOf(code: string, because: string): EngineEnding | undefined {
  const known = Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined;
  if (known === undefined) return undefined;
  return {
    code: known,
    message: because === '' ? 'the node could not run it' : because,
    hint: 'The app was not run: try again on another node, and tell the administrators of the cluster.',
  };
}

/** A node's `date` that knows no milliseconds writes something else in their place. */
function withoutBrokenTimes({ startedAt, finishedAt, ...rest }: ExitStatus): ExitStatus {
  const isTime = (text: string | undefined): text is string =>
    text !== undefined && !Number.isNaN(epochMs(text));
  return {
    ...rest,
    ...(isTime(startedAt) ? { startedAt } : {}),
    ...(isTime(finishedAt) ? { finishedAt } : {}),
  };
}
