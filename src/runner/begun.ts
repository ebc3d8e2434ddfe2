import type { ExitStatus, StartedContainer, WaitReason } from '../container/index.ts';
import type { EventBody } from './events.ts';
import type { RunRecord } from './record.ts';
import { stopped, type Stops } from './stops.ts';

type Note = (...bodies: readonly EventBody[]) => void;

/** What is written once the program runs. */
const BEGUN = [
  { type: 'state', state: 'RUNNING' },
  { type: 'phase', phase: 'run' },
] as const satisfies readonly EventBody[];

/**
 * Waits until the program runs, has ended or is to be stopped, and writes down each new reason why it
 * waits and, at last, that it runs. A program that ended without ever running never ran here either.
 */
export async function untilBegun(
  container: StartedContainer,
  { signal }: Stops,
  note: Note,
  record: RunRecord,
): Promise<void> {
  const queued = container.phase === 'waiting';
  if (queued && record.phases.at(-1)?.phase !== 'wait') note({ type: 'phase', phase: 'wait' });
  let last: WaitReason | undefined = record.waiting;
  let waits = true;
  const fault = Promise.withResolvers<never>();
  const begun = container.begun(({ code, message }) => {
    if (!waits || (last?.code === code && last.message === message)) return;
    last = { code, message };
    try {
      note({ type: 'waiting', code, message });
    } catch (error) {
      // Ours, not the engine's, which may be asking for many runs at once.
      fault.reject(error);
    }
  });
  const first = await Promise.race([begun, stopped(signal), fault.promise]);
  waits = false;
  if (first === 'stopped' || record.state !== 'INITIALIZING') return;
  if (queued && (await neverRan(container))) return;
  try {
    note(...BEGUN);
  } catch (error) {
    throw new BegunUnwritten(error);
  }
}

/**
 * That a program runs could not be written down (a full disk). Whoever reads the record takes it for one that
 * never began, and begins anew: so its container stays where it is, to be found.
 */
export class BegunUnwritten extends Error {
  constructor(cause: unknown) {
    super('a program runs, which could not be written down', { cause });
  }
}

/** Asked only of what waited in a queue: the others have run as soon as they are there. */
async function neverRan(container: StartedContainer): Promise<boolean> {
  const exit = await Promise.race([container.wait(), turn()]);
  return exit !== undefined && hasNotRun(exit);
}

const hasNotRun = ({ startedAt, ending, neverRan: why }: ExitStatus): boolean =>
  startedAt === undefined && (ending !== undefined || why !== undefined);

const turn = (): Promise<undefined> =>
  new Promise((resolve) => {
    setImmediate(() => {
      resolve(undefined);
    });
  });
