import { LIMITS } from '../../base/limits.ts';
import type { OutputChunk } from '../engine.ts';
import { gathered, type HostAnswer, type HostStep } from './host.ts';
import { STREAMS, type JobWatch, type Reader } from './job-watch.ts';
import type { WorkFolder } from './layout.ts';

/** One look at the files of all jobs: what is asked, and what is learned from the answers. */
export class FileLook {
  readonly steps: readonly HostStep[];
  readonly #open: readonly JobWatch[];
  readonly #readings: readonly Reading[];

  /** `lingerMs`: how long to wait for an end after something that is none. */
  constructor(work: WorkFolder, jobs: readonly JobWatch[], lingerMs: number) {
    const open = jobs.filter((job) => job.isOpen);
    const unbegun = namesOf(open.filter((job) => !job.evidence.begun));
    this.#open = open;
    this.#readings = jobs.flatMap((job) => [...job.readers].map((reader) => ({ job, reader })));
    this.steps = [
      {
        do: 'await',
        waitMs: waitMsFor(open, this.#readings),
        events: {
          // An exit file that was read already would end every waiting at once.
          urgent: { folder: work.ended, names: namesOf(open.filter(isUnheard)) },
          mild: { folder: work.begun, names: unbegun },
          grow: this.#readings.flatMap(({ job, reader }) =>
            STREAMS.map((stream) => ({
              path: job.files[stream],
              beyondBytes: reader.offsets[stream],
            })),
          ),
          lingerMs,
        },
      },
      { do: 'gather', folder: work.ended, names: namesOf(open) },
      { do: 'gather', folder: work.begun, names: unbegun },
      // Behind the ends: what an ended job has written is there by now.
      ...this.#readings.flatMap(({ job, reader }) =>
        STREAMS.map((stream) => ({
          do: 'read' as const,
          path: job.files[stream],
          from: reader.offsets[stream],
          bytesMax: LIMITS.logReadBytesMax,
        })),
      ),
    ];
  }

  /** `more`: there surely is more to read; `nothing`: it was in vain. */
  learn(
    answers: readonly (HostAnswer | undefined)[],
    nowMs: number,
  ): 'more' | 'something' | 'nothing' {
    const [, ended, begun, ...rest] = answers;
    const isNews = this.#learnEnds(ended, begun, nowMs);
    const sizes = this.#readings.map(({ job, reader }, index) => {
      const chunks = STREAMS.flatMap((stream, at): OutputChunk[] => {
        const answer = rest[index * STREAMS.length + at];
        const isThere = answer?.exitCode === 0 && answer.out.length > 0;
        return isThere ? [{ stream, bytes: answer.out }] : [];
      });
      job.noteOutput(reader, chunks, nowMs);
      return Math.max(0, ...chunks.map(({ bytes }) => bytes.length));
    });
    for (const job of this.#open) job.look(nowMs);
    if (sizes.some((bytes) => bytes >= LIMITS.logReadBytesMax)) return 'more';
    return isNews || sizes.some((bytes) => bytes > 0) ? 'something' : 'nothing';
  }

  #learnEnds(ended: HostAnswer | undefined, begun: HostAnswer | undefined, nowMs: number): boolean {
    const exits = filesOf(ended);
    const starts = filesOf(begun);
    let isNews = false;
    for (const job of this.#open) {
      const before = job.evidence;
      if (starts.has(job.files.name)) job.noteBegun(nowMs);
      const text = exits.get(job.files.name);
      if (text !== undefined) job.noteExit(text, nowMs);
      isNews ||= job.evidence !== before;
    }
    return isNews;
  }
}

interface Reading {
  readonly job: JobWatch;
  readonly reader: Reader;
}

const filesOf = (answer: HostAnswer | undefined): ReadonlyMap<string, string> =>
  answer?.exitCode === 0 ? gathered(answer) : new Map();

const namesOf = (jobs: readonly JobWatch[]): string[] => jobs.map(({ files }) => files.name);

const isUnheard = (job: JobWatch): boolean => job.evidence.exit === undefined;

function waitMsFor(open: readonly JobWatch[], readings: readonly Reading[]): number {
  // Somebody waits for what a job that is over has left: there is nothing to wait for.
  if (readings.some(({ job }) => !job.isOpen)) return 0;
  // A grace may be over soon.
  return open.some((job) => job.isUnclear) ? LIMITS.slurmQueryMsMin : LIMITS.slurmAwaitMsMax;
}
