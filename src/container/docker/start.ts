import type Dockerode from 'dockerode';

import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ContainerSpec, StartedContainer } from '../engine.ts';
import { removeContainer, type FrameStream } from './container.ts';
import { isConnectionLoss, isGone, statusOf } from './failures.ts';
import { inspectContainer } from './inspect-container.ts';
import { LABELS } from './labels.ts';
import type { Patience } from './patience.ts';

export interface Starting {
  readonly client: Dockerode;
  readonly spec: ContainerSpec;
  readonly create: () => Promise<Dockerode.Container>;
  /** Whether to read its output from the engine as it comes. */
  readonly attaches: boolean;
  readonly patience: Patience;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Create, attach, start; each once, also where the engine goes away meanwhile and its answer with it.
 * What was created is removed when any of it fails.
 */
export async function startContainer(
  starting: Starting,
): Promise<{ container: Dockerode.Container; attached: FrameStream | undefined }> {
  const { attaches, patience, signal } = starting;
  const container = await createOnce(starting);
  try {
    signal.throwIfAborted();
    const attached = attaches ? await patience.through(() => attachTo(container)) : undefined;
    await startOnce(container, starting);
    return { container, attached };
  } catch (error) {
    await patience.through(() => removeContainer(container));
    throw error;
  }
}

/** The engine may have made it though its answer was lost: a name stands for one container. */
async function createOnce({
  client,
  spec,
  create,
  patience,
}: Starting): Promise<Dockerode.Container> {
  for (let wasLost = false; ;)
    try {
      return await create();
    } catch (error) {
      const isLost = isConnectionLoss(error);
      if (isLost) await patience.endure(error);
      const isTransient = isLost || (await wasGoing(error, patience));
      if (!isTransient && !wasLost) throw error;
      wasLost = true;
      const made = await patience.through(() => madeFor(spec, client));
      if (made !== undefined) return made;
      if (!isTransient) throw error;
    }
}

/** An engine that is about to stop answers with failures of its own making; then it goes. */
async function wasGoing(error: unknown, patience: Patience): Promise<boolean> {
  if ((statusOf(error) ?? 0) < 500) return false;
  return patience.goesAway(LIMITS.engineGoingMs);
}

/** The container that was created for this attempt, and not started. */
async function madeFor(
  { name, runId, attempt }: ContainerSpec,
  client: Dockerode,
): Promise<Dockerode.Container | undefined> {
  try {
    const { Id: id, Config: config, State: state } = await client.getContainer(name).inspect();
    const isOurs =
      config.Labels[LABELS.run] === runId && config.Labels[LABELS.attempt] === String(attempt);
    return isOurs && phaseOf(state) === 'created' ? client.getContainer(id) : undefined;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** A program that ended before its start was answered is not started again. */
async function startOnce(
  container: Dockerode.Container,
  { patience, clock }: Starting,
): Promise<void> {
  for (;;)
    try {
      await container.start();
      return;
    } catch (error) {
      if (!(await wasGoing(error, patience))) await patience.endure(error);
      const { State: state } = await patience.through(() => inspectContainer(container, clock));
      if (phaseOf(state) !== 'created') return;
    }
}

/** Before the start, so that no early byte is lost. */
async function attachTo(container: Dockerode.Container): Promise<FrameStream> {
  const options = { stream: true, stdout: true, stderr: true, hijack: true };
  return (await container.attach(options)) as unknown as FrameStream;
}

/** An engine that died while it started one leaves it `created`, with an exit code. */
export function phaseOf(state: Dockerode.ContainerInspectInfo['State']): StartedContainer['phase'] {
  if (state.Running) return 'running';
  return state.Status === 'created' || state.Status === 'initialized' ? 'created' : 'exited';
}
