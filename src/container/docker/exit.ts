import type Dockerode from 'dockerode';

import type { ExitStatus, OutputChunk } from '../engine.ts';
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

/** What Docker's and Podman's init say when they cannot execute the program. */
const INIT_SAYS: readonly RegExp[] = [
  /^\[FATAL tini \(\d+\)\] exec (?<program>.*) failed: (?<reason>.*)\n$/s,
  /failed to exec (?<program>\S+): (?<reason>.*)\n$/s,
];

/**
 * The reason why the program was never executed, as a sentence; `undefined` when it was. Only exit
 * codes 126 and 127 cost a look into the log.
 */
export async function whyItNeverRan(
  container: Dockerode.Container,
  exitCode: number,
): Promise<string | undefined> {
  if (exitCode !== 126 && exitCode !== 127) return undefined;
  const chunks = await lastLines(container);
  const [only] = chunks;
  if (chunks.length !== 1 || only?.stream !== 'stderr') return undefined;
  const text = Buffer.from(only.bytes).toString();
  for (const pattern of INIT_SAYS) {
    const { program, reason } = pattern.exec(text)?.groups ?? {};
    if (program !== undefined && reason !== undefined)
      return `the image's program "${program}" cannot be executed: ${reason.toLowerCase()}`;
  }
  return undefined;
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
