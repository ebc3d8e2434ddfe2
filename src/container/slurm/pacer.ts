import { LIMITS } from '../../base/limits.ts';
import type { HostAnswer } from './host.ts';
import type { Heard, JobWatch } from './job-watch.ts';
import {
  aheadArgv,
  countAhead,
  nodeArgv,
  nodeComplaint,
  sacctAnswer,
  sacctArgv,
  scontrolAnswer,
  scontrolArgv,
  squeueAnswer,
  squeueArgv,
  type QueryAnswer,
} from './queries.ts';

/** One question to the scheduler, and what is learned from its answer. */
export interface Query {
  readonly argv: readonly string[];
  /** Whether there was anything to be learned: from an answer that is none, nothing follows. */
  readonly learn: (answer: HostAnswer, heard: Heard) => boolean;
}

type Source = 'squeue' | 'sacct' | 'scontrol' | 'node' | 'ahead';

/** More ids than this make a line that some systems do not take. */
const IDS_AT_ONCE = 200;

/**
 * Decides when the scheduler is asked what: one question at a time and never two within
 * `LIMITS.slurmQueryMsMin`, rarer while nothing changes. `squeue` tells of all jobs; whom it misses,
 * accounting and slurmctld are asked for in turn.
 */
export class Pacer {
  readonly #firstMs: number;
  #askedMs = -Infinity;
  #intervalMs: number = LIMITS.slurmQueryMs;
  #last: Source = 'ahead';
  #lastConfirming: 'node' | 'sacct' | 'scontrol' = 'scontrol';
  #aheadMs = -Infinity;
  #confirmed = 0;

  /** `firstMs`: how long after a submission it is asked for the first time. */
  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  /** A job was just submitted: in its first moment the scheduler has nothing to say of it. */
  expect(nowMs: number): void {
    this.hurry();
    const soon = nowMs + this.#firstMs - this.#intervalMs;
    this.#askedMs = Math.max(this.#askedMs, soon);
  }

  /** Something has changed: ask sooner again. */
  hurry(): void {
    this.#intervalMs = LIMITS.slurmQueryMs;
  }

  /** Milliseconds until the next question is due. */
  dueInMs(open: readonly JobWatch[], nowMs: number): number {
    if (open.length === 0) return Infinity;
    const interval = open.some((job) => job.isUnclear) ? LIMITS.slurmQueryMsMin : this.#intervalMs;
    return Math.max(0, this.#askedMs + interval - nowMs);
  }

  /** The question to ask now. */
  next(open: readonly JobWatch[], nowMs: number): Query {
    this.#askedMs = nowMs;
    this.#intervalMs = Math.min(this.#intervalMs * 1.5, LIMITS.slurmQueryMsMax);
    const source = this.#source(open, nowMs);
    this.#last = source;
    switch (source) {
      case 'squeue':
        return this.#squeue(open);
      case 'sacct':
        return this.#sacct(open.filter((job) => job.isUnclear).slice(0, IDS_AT_ONCE));
      case 'scontrol':
        return this.#scontrol(open.filter((job) => job.isMissed || job.isUnclear));
      case 'node':
        return ofNode(open.find(needsNode));
      case 'ahead':
        this.#aheadMs = nowMs;
        return ahead(open);
    }
  }

  #source(open: readonly JobWatch[], nowMs: number): Source {
    if (this.#last !== 'squeue') return 'squeue';
    const confirming = [
      ...(open.some(needsNode) ? (['node'] as const) : []),
      ...(open.some((job) => job.isMissed || needsExitCode(job))
        ? (['sacct', 'scontrol'] as const)
        : []),
    ];
    // Each in its turn: the one asked last may be the one that does not answer.
    const next = confirming[confirming.indexOf(this.#lastConfirming) + 1] ?? confirming[0];
    if (next !== undefined) return (this.#lastConfirming = next);
    const waits = open.some((job) => job.isWaitingForTurn);
    return waits && nowMs - this.#aheadMs >= LIMITS.slurmAheadMs ? 'ahead' : 'squeue';
  }

  #squeue(open: readonly JobWatch[]): Query {
    return {
      argv: squeueArgv(),
      learn: (answer, when) => {
        const heard = squeueAnswer(
          answer,
          open.map(({ key }) => key),
        );
        if (heard.kind === 'silent') return false;
        for (const job of open) {
          const seen = heard.jobs.get(job.key.id);
          if (seen === undefined) {
            if (heard.isWhole) job.noteMissed(when.nowMs);
            continue;
          }
          if (seen.state !== job.evidence.seen?.state) this.hurry();
          job.noteSeen(seen, 'scheduler', when);
        }
        return tellsAnything(heard);
      },
    };
  }

  #sacct(asked: readonly JobWatch[]): Query {
    return {
      argv: sacctArgv(asked.map(({ key }) => key.id)),
      learn: (answer, when) => {
        const heard = sacctAnswer(
          answer,
          asked.map(({ key }) => key),
        );
        if (heard.kind === 'silent') return false;
        for (const job of asked) {
          const seen = heard.jobs.get(job.key.id);
          if (seen !== undefined) job.noteSeen(seen, 'accounting', when);
        }
        return tellsAnything(heard);
      },
    };
  }

  #scontrol(asked: readonly JobWatch[]): Query {
    const job = asked[this.#confirmed++ % asked.length];
    if (job === undefined) return this.#squeue([]);
    return {
      argv: scontrolArgv(job.key.id),
      learn: (answer, when) => {
        const heard = scontrolAnswer(answer, job.key);
        if (heard.kind === 'silent') return false;
        const seen = heard.jobs.get(job.key.id);
        if (seen === undefined) job.noteUnknown(when.nowMs);
        else job.noteSeen(seen, 'scheduler', when);
        return true;
      },
    };
  }
}

/** Lines of which none can be read say nothing, not even that somebody is not there. */
const tellsAnything = (heard: QueryAnswer & { kind: 'answer' }): boolean =>
  heard.isWhole || heard.jobs.size > 0;

/** squeue tells that it ended, but not with which exit code. */
const needsExitCode = (job: JobWatch): boolean =>
  job.isUnclear &&
  job.evidence.exit === undefined &&
  job.evidence.over !== undefined &&
  job.evidence.over.is.exitCode === undefined;

/** Whether somebody canceled it or its node was not fit for it, the node's state tells. */
const needsNode = ({ verdict }: JobWatch): boolean =>
  verdict.kind === 'unclear' && verdict.needs === 'node';

function ofNode(job: JobWatch | undefined): Query {
  const node = job?.evidence.over?.is.node ?? '';
  return {
    argv: nodeArgv(node),
    learn: (answer, { nowMs }) => {
      const complaint = nodeComplaint(answer, node);
      if (complaint !== undefined) job?.noteNode(complaint, nowMs);
      return complaint !== undefined;
    },
  };
}

const ahead = (open: readonly JobWatch[]): Query => ({
  argv: aheadArgv(),
  learn: (answer, when) => {
    const counts = countAhead(
      answer,
      open.map(({ key }) => key.id),
    );
    for (const job of open) {
      const count = counts.get(job.key.id);
      if (count !== undefined) job.noteAhead(count, when.nowMs);
    }
    return answer.exitCode === 0;
  },
});
