import { epochMs, type Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ContainerEngine, EngineName, PullProgress } from '../../container/index.ts';
import {
  imageRequestOf,
  pullText,
  type Failure,
  type PreparedRun,
  type RunRecord,
} from '../../runner/index.ts';
import type { Engines } from '../../site/index.ts';
import type { Unready } from './model.ts';

/** Whether all is there that a run needs before it begins. */
export interface Readiness {
  /** What is not there now; the same object while nothing has changed. Finds out what is not known. */
  look(): Unready | undefined;
  /** Why it will never be there: the attempt has failed. */
  failed?(): Failure | undefined;
  /** The run waits for it no more, or is held: what has not been begun for it alone is not. */
  release?(): void;
}

/** Brings what runs read from elsewhere. */
export interface InputSource {
  of(run: PreparedRun, pauseMs: number, onChange: () => void): Readiness;
}

export interface ReadinessPorts {
  readonly engines: Pick<Engines, 'open'>;
  readonly inputs: InputSource;
  readonly clock: Clock;
  /** Something became ready, or is known to be away. */
  readonly onChange: () => void;
  /** Ends all that goes on here. */
  readonly stopping: AbortSignal;
}

/** Engines that are a daemon, which can be away and come back. */
const DAEMONS: ReadonlySet<EngineName> = new Set(['docker', 'podman']);

const READY: Readiness = { look: () => undefined };

/**
 * What waiting runs need beside room: an engine that answers, their inputs and their image. Images are brought while
 * their runs wait, each once, some at a time; one that cannot be had is the run's own failure, and so
 * counts as ready.
 */
export class Readinesses {
  readonly #ports: ReadinessPorts;
  readonly #engines = new Map<EngineName, EngineState>();
  readonly #images = new Map<string, ImageState>();
  readonly #pulls: ImageState[] = [];
  #pulling = 0;

  constructor(ports: ReadinessPorts) {
    this.#ports = ports;
  }

  /**
   * Begins to make ready what the run needs.
   *
   * @param pauseMs before a further attempt
   */
  of(run: PreparedRun, pauseMs: number): Readiness {
    const engine = this.#engineOf(run.created.options.engine);
    const inputs = this.#ports.inputs.of(run, pauseMs, this.#ports.onChange);
    const image = this.#imageOf(run);
    return {
      look: () => engine.look() ?? inputs.look() ?? image.look(),
      failed: () => inputs.failed?.(),
      release: () => inputs.release?.(),
    };
  }

  /**
   * An attempt has ended. An engine that told of the app's end has answered, and need not be asked before
   * the next one begins; one that may have failed it is doubted.
   */
  ended({ phases, failure, options }: RunRecord, nowMs: number): void {
    const engine = this.#engines.get(options.engine);
    if (failure?.code === 'engine-unavailable' || failure?.code === 'engine-lost') {
      engine?.forget();
      return;
    }
    const told = phases.findLast(({ phase }) => phase === 'collect')?.startedAt;
    // Never from the future: the clock may have been set.
    if (told !== undefined) engine?.answered(Math.max(0, nowMs - epochMs(told)));
  }

  #engineOf(name: EngineName): Readiness {
    if (!DAEMONS.has(name)) return READY;
    const known = this.#engines.get(name);
    if (known !== undefined) return known;
    const state = new EngineState(() => this.#ports.engines.open(name), this.#ports);
    this.#engines.set(name, state);
    return state;
  }

  #imageOf(run: PreparedRun): Readiness {
    const { engine, cluster, pull, build } = run.created.options;
    if (engine === 'process' || build || pull === 'never') return READY;
    const request = imageRequestOf(run, run.created.options);
    const key = [engine, cluster ?? '', request.folder, request.reference, request.pull].join('\n');
    const nowMs = this.#ports.clock.monotonicMs();
    const known = this.#images.get(key);
    if (known?.isKnown(nowMs) === true) return known;
    if (this.#images.size >= LIMITS.imagesKnownMax)
      for (const [old, image] of this.#images) if (!image.isKnown(nowMs)) this.#images.delete(old);
    const state = new ImageState(request.reference, async (onProgress) => {
      const opened = await this.#ports.engines.open(engine, cluster);
      await opened.resolveImage({ ...request, onProgress }, this.#ports.stopping);
    });
    this.#images.set(key, state);
    this.#pulls.push(state);
    this.#pullNext();
    return state;
  }

  #pullNext(): void {
    while (this.#pulling < LIMITS.imagesAheadAtOnceMax) {
      const next = this.#pulls.shift();
      if (next === undefined) return;
      this.#pulling += 1;
      void next.bring(this.#ports.clock).then(() => {
        this.#pulling -= 1;
        this.#pullNext();
        this.#ports.onChange();
      });
    }
  }
}

/** One image that waiting runs need. */
class ImageState implements Readiness {
  readonly #reference: string;
  readonly #bring: (onProgress: (progress: PullProgress) => void) => Promise<void>;
  #unready: Unready | undefined;
  #thereMs = Infinity;

  constructor(
    reference: string,
    bring: (onProgress: (progress: PullProgress) => void) => Promise<void>,
  ) {
    this.#reference = reference;
    this.#bring = bring;
    this.#wait(`its image ${reference} comes after others that are being pulled`);
  }

  look(): Unready | undefined {
    return this.#unready;
  }

  /** Whether it comes, or was there so lately that nobody has removed it since. */
  isKnown(nowMs: number): boolean {
    return nowMs - this.#thereMs < LIMITS.imageJustUsedMs;
  }

  /** Never rejects: why it cannot be had, its run says. */
  async bring(clock: Clock): Promise<void> {
    this.#wait(`its image ${this.#reference} is being looked for`);
    try {
      await this.#bring((progress) => {
        this.#wait(pullText(progress));
      });
    } catch {
      // The run asks again, and fails as a run does.
    }
    this.#unready = undefined;
    this.#thereMs = clock.monotonicMs();
  }

  #wait(why: string): void {
    this.#unready = { code: 'image-pull', why };
  }
}

/** An engine that may be away. Asked at most every `engineFreshMs`, and only while runs wait for it. */
class EngineState implements Readiness {
  readonly #open: () => Promise<ContainerEngine>;
  readonly #ports: ReadinessPorts;
  #answeredMs = -Infinity;
  /** What it answered before then counts no more. */
  #doubtedMs = -Infinity;
  #isAsked = false;
  #unready: Unready = { code: 'engine-unavailable', why: 'its engine is being asked' };

  constructor(open: () => Promise<ContainerEngine>, ports: ReadinessPorts) {
    this.#open = open;
    this.#ports = ports;
  }

  look(): Unready | undefined {
    if (this.#ports.clock.monotonicMs() - this.#answeredMs < LIMITS.engineFreshMs) return undefined;
    if (!this.#isAsked) void this.#untilAnswered();
    return this.#unready;
  }

  answered(agoMs: number): void {
    const atMs = this.#ports.clock.monotonicMs() - agoMs;
    if (atMs >= this.#doubtedMs) this.#answeredMs = Math.max(this.#answeredMs, atMs);
  }

  forget(): void {
    this.#answeredMs = -Infinity;
    this.#doubtedMs = this.#ports.clock.monotonicMs();
  }

  async #untilAnswered(): Promise<void> {
    const { clock, stopping, onChange } = this.#ports;
    this.#isAsked = true;
    let pauseMs: number = LIMITS.engineRetryMs;
    while (!stopping.aborted) {
      try {
        await (await this.#open()).version();
        this.answered(0);
        break;
      } catch (error) {
        const why = `${messageOf(error)}; the run begins when that is mended`;
        this.#unready = { code: 'engine-unavailable', why };
        await clock.sleep(pauseMs, stopping, 'background');
        pauseMs = Math.min(pauseMs * 2, LIMITS.engineAwayMsMax);
      }
    }
    this.#isAsked = false;
    onChange();
  }
}
