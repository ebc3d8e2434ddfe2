import type Dockerode from 'dockerode';

import type { EngineEnding, EngineWarning, ExitStatus, OutputChunk } from '../engine.ts';
import { LIMITS } from '../../base/limits.ts';
import { FrameReader } from './frames.ts';

type ContainerState = Dockerode.ContainerInspectInfo['State'];

/** Go's zero time: it never happened. */
const NEVER = '0001-01-01T00:00:00Z';

/**
 * How it ended, in the port's words. The engine notes a kill for want of memory also when only a
 * child died of it: an app that coped and exited 0 did not run out of memory.
 */
export const exitStatusOf = (state: ContainerState): ExitStatus => ({
  exitCode: state.ExitCode,
  outOfMemory: state.OOMKilled && state.ExitCode !== 0,
  ...(state.StartedAt === NEVER ? {} : { startedAt: state.StartedAt }),
  ...(state.FinishedAt === NEVER ? {} : { finishedAt: state.FinishedAt }),
});

/** What SIGTERM and SIGKILL make of a program. */
const KILLED = [143, 137];

/** What an engine that was restarted says of a program whose end it has lost; one may end so by itself, too. */
export const LOST_EXIT = 255;

/** Whether it was killed, by who knows whom. */
export const wasKilled = ({ exitCode, outOfMemory }: ExitStatus): boolean =>
  KILLED.includes(exitCode) && !outOfMemory;

/** An engine that stops, and is not told to leave its containers running, ends them first. */
export const ENDED_BY_ENGINE: EngineEnding = {
  code: 'engine-lost',
  message: 'the engine was stopped while the app ran, and ended it',
  hint: 'Run it again. An engine with "live-restore" leaves its containers running when it is restarted.',
};

/** Of one whose app runs, or may: nobody can ask. */
export const ENGINE_IS_AWAY: EngineWarning = {
  code: 'engine-away',
  message: `the engine does not answer; it is asked again for ${LIMITS.engineAwayMs / 60_000} minutes, and the app may well go on meanwhile`,
};

/** Of a run that lived while the engine could not be reached, as it is when it is restarted. */
export const ENGINE_WAS_AWAY: EngineWarning = {
  code: 'engine-was-away',
  message:
    'the engine was away while the app ran: if it was restarted, what was written just then may be missing from the log',
};

/** Of what ended while no process of ours looked. */
export const ENDED_UNSEEN: EngineEnding = {
  code: 'engine-lost',
  message: 'the app was killed while nothing of ours watched it',
  hint: 'Was the engine stopped, or the machine restarted? Run it again.',
};

/** What Docker's init says when it cannot execute the program. */
const TINI_SAYS = /^\[FATAL tini \(\d+\)\] exec (?<program>.*) failed: (?<reason>.*)\n$/s;
/** What Podman's says; it does not tell the program. */
const CATATONIT_SAYS = /^ERROR \(catatonit:\d+\): failed to exec pid1: (?<reason>.*)\n$/s;

/**
 * The reason why the program was never executed, as a sentence; `undefined` when it was. Only exit
 * codes 126 and 127 cost a look into the log.
 */
export async function whyItNeverRan(
  container: Dockerode.Container,
  exitCode: number,
): Promise<string | undefined> {
  if (exitCode !== 126 && exitCode !== 127) return undefined;
  const { program, reason } = TINI_SAYS.exec(onlyWords(await lastLines(container)))?.groups ?? {};
  return program === undefined || reason === undefined ? undefined : cannotExecute(program, reason);
}

/**
 * As `whyItNeverRan`, of a container in Podman, whose init ends with 1 whatever the reason, by the
 * beginning of all that was written.
 */
export function whyInitFailed(
  written: readonly OutputChunk[],
  { Path: path, Args: args }: Dockerode.ContainerInspectInfo,
): Pick<ExitStatus, 'exitCode' | 'neverRan'> | undefined {
  const { reason } = CATATONIT_SAYS.exec(onlyWords(written))?.groups ?? {};
  if (reason === undefined) return undefined;
  const program = [path, ...args].find((word) => !INIT_WORDS.includes(word));
  return {
    exitCode: /no such file|not found/i.test(reason) ? 127 : 126,
    neverRan: cannotExecute(program ?? '', reason),
  };
}

/** What stands before the program's own words where an init starts it. */
const INIT_WORDS = ['/run/podman-init', '/dev/init', '--'];

const cannotExecute = (program: string, reason: string): string =>
  `the image's program "${program}" cannot be executed: ${reason.toLowerCase()}`;

/** What was said, where that is one piece on stderr; else nothing. */
function onlyWords(chunks: readonly OutputChunk[]): string {
  const [only] = chunks;
  return chunks.length === 1 && only?.stream === 'stderr' ? Buffer.from(only.bytes).toString() : '';
}

/** Nothing when the engine cannot say: how it ended matters more. */
async function lastLines(container: Dockerode.Container): Promise<readonly OutputChunk[]> {
  try {
    const frames = await container.logs({ follow: false, stdout: true, stderr: true, tail: 2 });
    return new FrameReader().read(frames);
  } catch {
    return [];
  }
}
