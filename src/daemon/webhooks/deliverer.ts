import { ENOUGH, type Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import {
  signingSecrets,
  type DeliveryOutcome,
  type DeliveryWithBody,
  type WebhookStore,
} from '../../store/index.ts';
import { attemptPost } from './attempt.ts';
import type { EventToSend } from './message.ts';
import { outcomeOfAttempt } from './outcome.ts';
import type { OutwardPost } from './post.ts';

export interface DelivererOptions {
  readonly store: WebhookStore;
  /** URI reference of this installation. */
  readonly source: string;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly post: OutwardPost;
  readonly attemptsMax: number;
  /** Absent: as `LIMITS` has it. */
  readonly timeoutMs?: number;
  /** Requests to one endpoint at one time. Absent: as `LIMITS` has it. */
  readonly atOnce?: number;
  /** Hears of every attempt, after it is written down. */
  readonly onAttempt?: (attempt: AttemptTold) => void;
  /** Hears of a store that cannot be used now. */
  readonly onFault: (error: RunnerError) => void;
}

export interface AttemptTold {
  readonly endpointId: string;
  readonly runId: string;
  readonly deliveryId: number;
  readonly outcome: DeliveryOutcome;
}

/**
 * Sends what the outbox holds: each message until it was taken, those of one run in their order, so
 * many to one endpoint at a time. A message is marked after it was taken: killed in between, this
 * program sends it again, with the same id. There is one of these for a data folder.
 */
export class WebhookDeliverer implements AsyncDisposable {
  readonly #options: DelivererOptions;
  readonly #stop = new AbortController();
  /** By endpoint: runs of which a message is on its way. */
  readonly #flights = new Map<string, Set<string>>();
  readonly #sending = new Set<Promise<void>>();
  #alarm = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There is something new in the outbox. */
  wake(): void {
    this.#alarm.abort(ENOUGH);
  }

  /**
   * Resolves when all that is due has been tried, or after a while: a receiver that is down is told by
   * the next start.
   */
  async drained(): Promise<void> {
    const { clock } = this.#options;
    using end = clock.deadline(LIMITS.webhookDrainMs, () => new Error('enough'));
    while (!end.signal.aborted && this.#isBusy()) {
      this.wake();
      await clock.sleep(LIMITS.webhookDrainLookMs, end.signal);
    }
  }

  #isBusy(): boolean {
    let due = 0;
    this.#guarded(() => {
      due = this.#options.store.endpointsDue(this.#options.clock.now().getTime()).length;
    });
    return due + this.#sending.size > 0;
  }

  /** Breaks off what is on its way: it is sent again at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#loop;
    await Promise.all(this.#sending);
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      const alarm = new AbortController();
      this.#alarm = alarm;
      this.#guarded(() => {
        this.#beginWhatIsDue();
      });
      await clock.sleep(LIMITS.webhookPollMs, alarm.signal, 'background');
    }
  }

  #beginWhatIsDue(): void {
    const { store, clock, atOnce = LIMITS.webhookAtOncePerEndpointMax } = this.#options;
    const nowMs = clock.now().getTime();
    const flightOf = (endpointId: string): ReadonlySet<string> =>
      this.#flights.get(endpointId) ?? new Set();
    // Those that have least on the way first, so that slow ones do not take all places.
    const endpoints = store
      .endpointsDue(nowMs)
      .toSorted((a, b) => flightOf(a).size - flightOf(b).size);
    for (const endpointId of endpoints) {
      const flight = flightOf(endpointId);
      const room = Math.min(atOnce - flight.size, LIMITS.webhookAtOnceMax - this.#sending.size);
      if (room <= 0) continue;
      for (const delivery of store.due(endpointId, nowMs, room, flight)) this.#begin(delivery);
    }
  }

  #begin(delivery: DeliveryWithBody): void {
    const { endpointId, runId } = delivery;
    const flight = this.#flights.get(endpointId) ?? new Set();
    this.#flights.set(endpointId, flight.add(runId));
    const sending = this.#deliver(delivery).finally(() => {
      this.#sending.delete(sending);
      flight.delete(runId);
      if (flight.size === 0) this.#flights.delete(endpointId);
      this.wake();
    });
    this.#sending.add(sending);
  }

  async #deliver(delivery: DeliveryWithBody): Promise<void> {
    const { store, clock, onAttempt } = this.#options;
    const { endpointId, runId, deliveryId } = delivery;
    const outcome = await this.#attempt(delivery);
    const written =
      outcome !== undefined &&
      this.#guarded(() => {
        store.settle(deliveryId, outcome);
        onAttempt?.({ endpointId, runId, deliveryId, outcome });
      });
    // It will be sent again: not at once, or a full disk would make us hammer the receiver.
    if (!written) await clock.sleep(LIMITS.webhookBackoffMs, this.#stop.signal, 'background');
  }

  /** Undefined when it was broken off, or the endpoint is gone. */
  async #attempt(delivery: DeliveryWithBody): Promise<DeliveryOutcome | undefined> {
    const { store, clock, post, attemptsMax, random } = this.#options;
    const { timeoutMs = LIMITS.webhookTimeoutMs } = this.#options;
    const { endpointId, attempts } = delivery;
    const at = clock.now();
    let url = '';
    let secrets: string[] = [];
    const known = this.#guarded(() => {
      url = store.endpoint(endpointId).url;
      secrets = signingSecrets(store.secretsOf(endpointId), at.getTime());
    });
    if (!known) return undefined;
    // Loaded when there is something to send: it is a quarter of what an idle server would take.
    const { signedRequest } = await import('./message.ts');
    const request = signedRequest(eventOf(delivery, this.#options.source), secrets, at);
    const { signal } = this.#stop;
    const result = await attemptPost(url, request, { post, clock, timeoutMs, signal });
    if (signal.aborted && result.kind === 'failed') return undefined;
    const nowMs = clock.now().getTime();
    return outcomeOfAttempt(result, {
      failedBefore: attempts,
      attemptsMax,
      nowMs,
      random: random(),
    });
  }

  /** Whether the work was done; a store that cannot be used now is tried again later. */
  #guarded(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      this.#options.onFault(error);
      return false;
    }
  }
}

/** The id is the event's, not the delivery's: two endpoints at one receiver tell it one thing. */
const eventOf = (
  { runId, seq, createdAt, body }: DeliveryWithBody,
  source: string,
): EventToSend => ({
  id: `${runId}.${seq}`,
  source,
  type: 'cyto-run.run.state',
  subject: `runs/${runId}`,
  time: createdAt,
  sequence: String(seq).padStart(10, '0'),
  data: JSON.parse(body) as unknown,
});
