import type Dockerode from 'dockerode';

import { ENOUGH, type Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type {
  EngineEnding,
  EngineWarning,
  ExitStatus,
  LogOffsets,
  OutputChunk,
  StartedContainer,
} from '../engine.ts';
import {
  ENDED_BY_ENGINE,
  ENDED_UNSEEN,
  ENGINE_IS_AWAY,
  ENGINE_WAS_AWAY,
  exitStatusOf,
  LOST_EXIT,
  wasKilled,
  whyItNeverRan,
} from './exit.ts';
import { BrokenOff, engineMessage, hasEndedAlready, isGone, statusOf } from './failures.ts';
import { outputOf } from './frames.ts';
import { inspectContainer } from './inspect-container.ts';
import { untilNotRunning } from './modem.ts';
import type { Patience } from './patience.ts';
import { sampleUsage } from './usage.ts';

/** The engine's stream of frames, as dockerode hands it out. */
export type FrameStream = AsyncIterable<Uint8Array> & { destroy(error?: Error): void };

const NOTHING_READ: LogOffsets = { stdout: 0, stderr: 0 };

export interface DockerContainerFacts {
  readonly name: string;
  readonly id: string;
  readonly phase: StartedContainer['phase'];
  /** This process has just started it. */
  readonly isNew?: boolean;
  /** The stream attached before the start; absent for a found container. */
  readonly attached?: FrameStream | undefined;
  /** How often this machine had ended something for want of memory before the start. */
  readonly oomKillsBefore?: number | undefined;
}

export interface DockerContainerPorts {
  readonly clock: Clock;
  readonly patience: Patience;
}

export class DockerContainer implements StartedContainer {
  readonly name: string;
  readonly id: string;
  readonly phase: StartedContainer['phase'];
  protected readonly container: Dockerode.Container;
  protected readonly clock: Clock;
  readonly #patience: Patience;
  readonly #attached: FrameStream | undefined;
  #attachedIsRead = false;
  #wasStopped = false;
  #exit: Promise<ExitStatus> | undefined;
  #disposed: Promise<void> | undefined;

  constructor(
    container: Dockerode.Container,
    facts: DockerContainerFacts,
    ports: DockerContainerPorts,
  ) {
    this.container = container;
    this.clock = ports.clock;
    this.#patience = ports.patience;
    this.#attached = facts.attached;
    this.name = facts.name;
    this.id = facts.id;
    this.phase = facts.phase;
    // Asked at once, the answer is here by the time the output has been read.
    if (facts.isNew === true) this.wait().catch(() => undefined);
  }

  async *output(from: LogOffsets = NOTHING_READ): AsyncGenerator<OutputChunk> {
    if (this.phase === 'created') return;
    const read = { ...from };
    for (let isWhole = false; !isWhole;)
      try {
        const live = this.#attachedIsRead ? undefined : this.#attached;
        this.#attachedIsRead = true;
        const source = live === undefined ? this.keptOutput(read) : behind(read, outputOf(live));
        for await (const chunk of source) {
          read[chunk.stream] += chunk.bytes.length;
          yield chunk;
        }
        isWhole = live === undefined || (await this.#hasEnded());
      } catch (error) {
        if (this.#disposed !== undefined) return;
        await this.#resumable(error);
      }
  }

  /** Resolves when reading may go on where it broke off; throws why it may not. */
  async #resumable(broken: unknown): Promise<void> {
    try {
      await this.#patience.endure(broken);
    } catch (error) {
      if (error instanceof RunnerError && !(error instanceof BrokenOff)) throw error;
      throw new RunnerError(
        'engine-lost',
        `the log of ${this.name} broke off: ${engineMessage(error)}`,
        { cause: error },
      );
    }
  }

  /** Whether the end of its output was its end: an engine that stops closes what reads from it. */
  async #hasEnded(): Promise<boolean> {
    const known = new AbortController();
    const ended = this.wait().then(
      () => true,
      () => true,
    );
    const unknown = this.clock.sleep(LIMITS.engineRetryMs, known.signal).then(() => false);
    const hasEnded = await Promise.race([ended, unknown]);
    known.abort(ENOUGH);
    return hasEnded && this.#patience.lastAwayMs === undefined;
  }

  /** What the engine keeps of the output, behind `from`, until the program has ended. */
  protected async *keptOutput(from: LogOffsets): AsyncGenerator<OutputChunk> {
    const read = { ...from };
    for await (const chunk of behind(from, outputOf(await this.#engineCopy()))) {
      read[chunk.stream] += chunk.bytes.length;
      yield chunk;
    }
    if (this.phase === 'exited') return;
    // Engines lose the end of a log that they follow: a last line without newline, at least.
    await this.wait();
    yield* behind(read, outputOf(await this.#engineCopy()));
  }

  /** How it ended, from what the engine says of it now. */
  protected async exitOf(found: Dockerode.ContainerInspectInfo): Promise<ExitStatus> {
    const exit = exitStatusOf(found.State);
    const neverRan = await whyItNeverRan(this.container, exit.exitCode);
    const ending = this.#wasStopped ? undefined : await this.#endingOf(exit);
    return {
      ...exit,
      ...(neverRan === undefined ? {} : { neverRan }),
      ...(ending === undefined ? {} : { ending }),
      ...(this.#patience.lastAwayMs === undefined ? {} : { warnings: [ENGINE_WAS_AWAY] }),
    };
  }

  /** An engine that is stopped tells the ends of its containers first, and then goes. */
  async #endingOf(exit: ExitStatus): Promise<EngineEnding | undefined> {
    const isKilled = wasKilled(exit);
    if (!isKilled && exit.exitCode !== LOST_EXIT) return undefined;
    if (this.phase === 'exited') return isKilled ? ENDED_UNSEEN : undefined;
    const { lastAwayMs = -Infinity } = this.#patience;
    const wasAway = this.clock.monotonicMs() - lastAwayMs < LIMITS.engineStopMs;
    // A program may well end with that status by itself: it need not be told late for it.
    const watchedMs = isKilled ? LIMITS.engineGoingMs : 0;
    return wasAway || (await this.#patience.goesAway(watchedMs)) ? ENDED_BY_ENGINE : undefined;
  }

  whenAway(): Promise<EngineWarning> {
    return this.#patience.longAway.then(() => ENGINE_IS_AWAY);
  }

  /** Docker has no queue: what is started runs. */
  begun(): Promise<void> {
    return Promise.resolve();
  }

  wait(): Promise<ExitStatus> {
    return (this.#exit ??= this.#ended());
  }

  async stop(graceMs: number): Promise<void> {
    if (this.phase === 'created') return;
    this.#wasStopped = true;
    const over = new AbortController();
    const ended = this.wait().finally(() => {
      over.abort(ENOUGH);
    });
    // Whoever calls `wait` hears of a failure; here it only must not go unheard.
    ended.catch(() => undefined);
    if (graceMs > 0) {
      await this.#signal('SIGTERM');
      await this.clock.sleep(graceMs, over.signal);
    }
    if (!over.signal.aborted) {
      await this.#signal('SIGKILL');
      await this.clock.sleep(LIMITS.engineKillMs, over.signal);
    }
    if (!over.signal.aborted)
      throw new RunnerError('engine-lost', `${this.name} does not end, though it was killed`, {
        hint: 'Its processes may hang in the kernel (a lost network disk); the engine can inspect it.',
      });
  }

  /** An attached stream that nobody reads would hold up the app. */
  leave(): void {
    this.#attached?.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposed ??= this.#remove());
  }

  async #remove(): Promise<void> {
    this.#attached?.destroy();
    await this.#patience.through(() => removeContainer(this.container));
  }

  /** The log as the engine keeps it, from its beginning. */
  async #engineCopy(): Promise<FrameStream> {
    // `follow` also for an ended one: it ends by itself, and without it dockerode keeps all in memory.
    const stream = await this.container.logs({ follow: true, stdout: true, stderr: true });
    return stream as unknown as FrameStream;
  }

  async #ended(): Promise<ExitStatus> {
    if (this.phase === 'created')
      throw new RunnerError('engine-lost', `${this.name} was created but never started`);
    const over = new AbortController();
    const usage = sampleUsage(this.container, this.clock, over.signal);
    try {
      await this.#patience.through(() => untilNotRunning(this.container));
      over.abort(ENOUGH);
      const exit = await this.exitOf(
        await this.#patience.through(() => inspectContainer(this.container, this.clock)),
      );
      return { ...exit, ...(await usage) };
    } catch (error) {
      throw error instanceof RunnerError ? error : this.#lost(error);
    } finally {
      over.abort(ENOUGH);
    }
  }

  #lost(cause: unknown): RunnerError {
    return new RunnerError(
      'engine-lost',
      isGone(cause)
        ? `${this.name} was removed from the engine by someone else`
        : `the engine does not say any more how ${this.name} is: ${engineMessage(cause)}`,
      { cause, hint: 'Was the engine stopped or restarted while the app ran?' },
    );
  }

  async #signal(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    try {
      await this.#patience.through(() => this.container.kill({ signal }));
    } catch (error) {
      if (!hasEndedAlready(error)) throw error;
    }
  }
}

/** Removes a container and its anonymous volumes, running or not; harmless when it is gone or going. */
export async function removeContainer(container: Dockerode.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (isGone(error)) return;
    if (statusOf(error) === 409 && /already in progress/i.test(engineMessage(error))) return;
    throw error;
  }
}

/** Leaves out the first `from` bytes of each stream. */
export async function* behind(
  from: LogOffsets,
  output: AsyncIterable<OutputChunk>,
): AsyncGenerator<OutputChunk> {
  const left = { ...from };
  for await (const chunk of output) {
    const skipped = Math.min(left[chunk.stream], chunk.bytes.length);
    left[chunk.stream] -= skipped;
    if (skipped === 0) yield chunk;
    else if (skipped < chunk.bytes.length)
      yield { stream: chunk.stream, bytes: chunk.bytes.subarray(skipped) };
  }
}
