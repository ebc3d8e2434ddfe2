import type { EngineEnding, ExitStatus } from '../engine.ts';
import { LIMITS } from '../../base/limits.ts';
import type { JobExit } from './job-exit.ts';
import type { Sighting } from './queries.ts';
import { AGAIN, meaningOf } from './state-table.ts';

/** All that is known of one job, gathered by the watch. A value. */
export interface Evidence {
  /** Its own word, complete; beside the scheduler's the only proof of an end. */
  readonly exit?: { readonly is: JobExit; readonly sinceMs: number };
  /** Its program was begun on a node. */
  readonly begun: boolean;
  /** We took its ticket away: it never runs the program. */
  readonly withdrawn: boolean;
  /** We asked it to end. */
  readonly stopAsked: boolean;
  /** The scheduler's last word of it. */
  readonly seen?: Sighting;
  /** When that was asked for: what was asked before an end says nothing about it. */
  readonly seenAskedMs?: number;
  /** The scheduler's word of its end, and when it was first heard (our clock). */
  readonly over?: { readonly is: Sighting; readonly sinceMs: number };
  /** Why its node is out of service, in the scheduler's words; empty: it is in service. */
  readonly nodeComplaint?: string;
  /** Answers in a row that did not know it, each confirmed by a second source, and since when. */
  readonly absent: { readonly answers: number; readonly sinceMs: number };
}

export const NOTHING_KNOWN: Evidence = {
  begun: false,
  withdrawn: false,
  stopAsked: false,
  absent: { answers: 0, sinceMs: 0 },
};

export type Verdict =
  | { readonly kind: 'waiting' | 'running' }
  /** It has ended, or seems to: the scheduler's word, of it or its node, or the exit file, is still to come. */
  | { readonly kind: 'unclear'; readonly needs: 'word' | 'exit-file' | 'node' }
  | { readonly kind: 'over'; readonly status: ExitStatus };

/**
 * Whether a job is over, and how it ended. Believed are only its own exit file and a word of the
 * scheduler's that means an end; that nobody knows the job any more counts only when it has been
 * said again and again. Pure.
 */
export function judge(evidence: Evidence, nowMs: number): Verdict {
  const { exit, over, withdrawn } = evidence;
  if (withdrawn) return { kind: 'over', status: { exitCode: 143, outOfMemory: false } };
  if (exit !== undefined) return judgeExit(exit, evidence, nowMs);
  if (over !== undefined) return judgeWord(over.is, evidence, nowMs - over.sinceMs);
  if (isLost(evidence, nowMs))
    return { kind: 'over', status: { exitCode: 137, outOfMemory: false, ending: LOST } };
  const kind = evidence.seen === undefined ? 'waiting' : meaningOf(evidence.seen.state).kind;
  if (kind === 'waiting' && !evidence.begun) return { kind: 'waiting' };
  return { kind: 'running' };
}

/** Nobody has known it for long, and said so often. */
const isLost = ({ absent }: Evidence, nowMs: number): boolean =>
  absent.answers >= LIMITS.slurmLostAnswersMin && nowMs - absent.sinceMs >= LIMITS.slurmLostMs;

const LOST: EngineEnding = {
  code: 'engine-lost',
  message:
    'neither the scheduler nor accounting knows the job any more, and it left no word of its end',
  hint: "Ask the cluster's administrators whether the scheduler lost its state.",
};

/** The job wrote how it ended; who sent a signal, or why it was killed, only the scheduler knows. */
function judgeExit(
  { is: exit, sinceMs }: NonNullable<Evidence['exit']>,
  evidence: Evidence,
  nowMs: number,
): Verdict {
  const needsWord = (exit.signaled || exit.killed) && !evidence.stopAsked;
  if (!needsWord) return { kind: 'over', status: exit.status };
  if (evidence.over === undefined) {
    const { seen, seenAskedMs = -Infinity } = evidence;
    const isSince = seenAskedMs >= sinceMs;
    if (seen !== undefined && isSince && meaningOf(seen.state).kind === 'waiting')
      return { kind: 'over', status: { ...exit.status, ending: requeued(seen) } };
    const isForgotten = isLost(evidence, nowMs);
    if (nowMs - sinceMs < LIMITS.slurmWordMs && !isForgotten)
      return { kind: 'unclear', needs: 'word' };
    return { kind: 'over', status: exit.status };
  }
  const word = evidence.over.is;
  const meaning = meaningOf(word.state);
  if (meaning.kind !== 'over' || meaning.by === 'none')
    return { kind: 'over', status: exit.status };
  if (meaning.by === 'memory')
    return { kind: 'over', status: { ...exit.status, outOfMemory: exit.status.exitCode !== 0 } };
  return { kind: 'over', status: { ...exit.status, ending: endingOf(word, meaning.by) } };
}

/** Only the scheduler says that it ended. Its exit file may be late, or its script was killed too. */
function judgeWord(word: Sighting, evidence: Evidence, forMs: number): Verdict {
  const meaning = meaningOf(word.state);
  if (meaning.kind !== 'over') return { kind: 'running' };
  const neverPlaced = !evidence.begun && word.node === undefined && meaning.by === 'canceled';
  if (!neverPlaced && forMs < LIMITS.slurmExitFileMs)
    return { kind: 'unclear', needs: 'exit-file' };
  const place = word.node === undefined ? {} : { node: word.node };
  if (meaning.by === 'memory')
    return { kind: 'over', status: { exitCode: 137, outOfMemory: true, ...place } };
  if (evidence.stopAsked && (meaning.by === 'canceled' || meaning.by === 'none'))
    return { kind: 'over', status: { exitCode: 137, outOfMemory: false, ...place } };
  const isCanceledOnNode = meaning.by === 'canceled' && !evidence.begun && word.node !== undefined;
  if (isCanceledOnNode && evidence.nodeComplaint === undefined && forMs < LIMITS.slurmWordMs)
    return { kind: 'unclear', needs: 'node' };
  if (isCanceledOnNode && (evidence.nodeComplaint ?? '') !== '')
    return {
      kind: 'over',
      status: { exitCode: 137, outOfMemory: false, ...place, ending: notReady(evidence, word) },
    };
  if (meaning.by !== 'none')
    return {
      kind: 'over',
      status: {
        exitCode: word.exitCode === 0 ? 137 : (word.exitCode ?? 137),
        outOfMemory: false,
        ...place,
        ending: endingOf(word, meaning.by),
      },
    };
  if (!evidence.begun)
    return {
      kind: 'over',
      status: {
        exitCode: word.exitCode ?? 1,
        outOfMemory: false,
        ...place,
        ending: neverBegun(word),
      },
    };
  // The script ends with the app's own exit code, so the scheduler knows it.
  if (word.exitCode === undefined && forMs < LIMITS.slurmWordMs)
    return { kind: 'unclear', needs: 'word' };
  const exitCode = word.exitCode ?? (word.state === 'COMPLETED' ? 0 : 1);
  return { kind: 'over', status: { exitCode, outOfMemory: false, ...place } };
}

function endingOf(word: Sighting, code: EngineEnding['code']): EngineEnding {
  const meaning = meaningOf(word.state);
  const by = /\bby (\d+)/.exec(word.reason)?.[1];
  const who = by === undefined ? '' : ` by the user with the id ${by}`;
  const where = word.node === undefined ? '' : ` on ${word.node}`;
  const hint = meaning.kind === 'over' ? meaning.hint : undefined;
  return {
    code,
    message: `the job ${meaning.sentence}${who}${where} (${word.state})`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** It ended, and waits again: what it would do then is not what was asked for. */
const requeued = (word: Sighting): EngineEnding => ({
  code: 'preempted',
  message: `the job was ended by the cluster and put back into its queue (${word.state})`,
  hint: 'Run it again; its work folder was half written.',
});

/** A job whose prolog fails is "CANCELLED" like one that somebody cancels; but then its node is drained. */
const notReady = ({ nodeComplaint = '' }: Evidence, { node = '' }: Sighting): EngineEnding => ({
  code: 'node-failed',
  message: `the job could not begin on ${node}, which is out of service (${nodeComplaint})`,
  hint: AGAIN,
});

const neverBegun = (word: Sighting): EngineEnding => ({
  code: 'node-failed',
  message: `the job ended${word.node === undefined ? '' : ` on ${word.node}`} before its script had begun (${word.state})`,
  hint: 'The node may not see the work folder: try again on another one.',
});
