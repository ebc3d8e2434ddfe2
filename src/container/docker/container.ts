import type Dockerode from 'dockerode';

import type { Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ExitStatus, LogOffsets, OutputChunk, StartedContainer } from '../engine.ts';
import { exitStatusOf, whyItNeverRan } from './exit.ts';
import { engineMessage, statusOf } from './failures.ts';
import { outputOf } from './frames.ts';
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

export class DockerContainer implements StartedContainer {
  readonly name: string;
  readonly id: string;
  readonly phase: StartedContainer['phase'];
  protected readonly container: Dockerode.Container;
  protected readonly clock: Clock;
  readonly #attached: FrameStream | undefined;
  #attachedIsRead = false;
  #exit: Promise<ExitStatus> | undefined;
  #disposed: Promise<void> | undefined;

  constructor(container: Dockerode.Container, facts: DockerContainerFacts, clock: Clock) {
    this.container = container;
    this.clock = clock;
    this.#attached = facts.attached;
    this.name = facts.name;
    this.id = facts.id;
    this.phase = facts.phase;
    // Asked at once, the answer is here by the time the output has been read.
    if (facts.isNew === true) this.wait().catch(() => undefined);
  }

  async *output(from: LogOffsets = NOTHING_READ): AsyncGenerator<OutputChunk> {
    if (this.phase === 'created') return;
    try {
      if (this.#attached !== undefined && !this.#attachedIsRead) {
        this.#attachedIsRead = true;
        yield* behind(from, outputOf(this.#attached));
        return;
      }
      yield* this.keptOutput(from);
    } catch (error) {
      if (this.#disposed !== undefined) return;
      if (error instanceof RunnerError) throw error;
      throw new RunnerError(
        'engine-lost',
        `the log of ${this.name} broke off: ${engineMessage(error)}`,
        { cause: error },
      );
    }
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
    const { State: state } = found;
    const neverRan = await whyItNeverRan(this.container, state.ExitCode);
    return { ...exitStatusOf(state), ...(neverRan === undefined ? {} : { neverRan }) };
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
    const over = new AbortController();
    const ended = this.wait().finally(() => {
      over.abort();
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

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposed ??= this.#remove());
  }

  async #remove(): Promise<void> {
    this.#attached?.destroy();
    await removeContainer(this.container);
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
      await this.#untilEnded();
      over.abort();
      const exit = await this.exitOf(await this.container.inspect());
      return { ...exit, ...(await usage) };
    } catch (error) {
      throw error instanceof RunnerError ? error : this.#lost(error);
    } finally {
      over.abort();
    }
  }

  /**
   * Waits for "not running", which is true also of what ended before we asked, so no quick exit is
   * missed and asking again after a broken connection is harmless.
   */
  async #untilEnded(): Promise<void> {
    let brokenSinceMs = this.clock.monotonicMs();
    for (;;) {
      const askedMs = this.clock.monotonicMs();
      try {
        await this.container.wait();
        return;
      } catch (error) {
        if (statusOf(error) !== undefined) throw this.#lost(error);
        const nowMs = this.clock.monotonicMs();
        // It held for a while: the connection was there, and broke only now.
        if (nowMs - askedMs > LIMITS.engineRetryMs) brokenSinceMs = nowMs;
        if (nowMs - brokenSinceMs > LIMITS.engineLostMs) throw this.#lost(error);
        await this.clock.sleep(LIMITS.engineRetryMs);
      }
    }
  }

  #lost(cause: unknown): RunnerError {
    return new RunnerError(
      'engine-lost',
      statusOf(cause) === 404
        ? `${this.name} was removed from the engine by someone else`
        : `the engine does not say any more how ${this.name} is: ${engineMessage(cause)}`,
      { cause, hint: 'Was the engine stopped or restarted while the app ran?' },
    );
  }

  async #signal(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    try {
      await this.container.kill({ signal });
    } catch (error) {
      // 404: gone. 409 (500 in old engines): not running any more.
      if (statusOf(error) === undefined) throw error;
      if (
        !/not running|no such container|no container|can only kill running/i.test(
          engineMessage(error),
        )
      )
        throw error;
    }
  }
}

/** Removes a container and its anonymous volumes, running or not; harmless when it is gone or going. */
export async function removeContainer(container: Dockerode.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return;
    if (status === 409 && /already in progress/i.test(engineMessage(error))) return;
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
