import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/base/limits.ts';
import { isTerminal, nextStates, RUN_STATES, type RunState } from '../../../src/runner/index.ts';
import { openStore, type RunStore } from '../../../src/store/index.ts';
import { WebhookDeliverer } from '../../../src/daemon/webhooks/index.ts';
import type { PostAnswer, PostRequest } from '../../../src/daemon/webhooks/post.ts';
import { createdFacts } from '../../support/run-values.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** What becomes of one request: the receiver's fault, or this program dies while it is on its way. */
type Fate = 'taken' | 'refused' | 'lost' | 'killed-before' | 'killed-after';

type Step =
  | { readonly kind: 'event'; readonly run: number; readonly choice: number }
  | { readonly kind: 'fates'; readonly fates: readonly Fate[] }
  | { readonly kind: 'wait'; readonly ms: number };

const fate = fc.constantFrom<Fate[]>('taken', 'refused', 'lost', 'killed-before', 'killed-after');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      run: fc.nat(2),
      choice: fc.nat(4),
    }),
  },
  fc.record({ kind: fc.constant('fates' as const), fates: fc.array(fate, { maxLength: 6 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1_000, 20_000, 600_000) }),
);

/** The receiver and the process that sends, which is started again whenever it was killed. */
class World implements AsyncDisposable {
  readonly seen: string[] = [];
  fates: Fate[] = [];
  readonly #store: RunStore;
  readonly #clock: SimulatedClock;
  #deliverer: WebhookDeliverer;
  #restarts: Promise<void> = Promise.resolve();

  constructor(store: RunStore, clock: SimulatedClock) {
    this.#store = store;
    this.#clock = clock;
    this.#deliverer = this.#start();
  }

  wake(): void {
    this.#deliverer.wake();
  }

  async settled(): Promise<void> {
    while (this.#store.webhooks.counts().pending > 0) {
      this.wake();
      await this.#clock.sleep(LIMITS.webhookPollMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#restarts;
    await this.#deliverer[Symbol.asyncDispose]();
  }

  #start(): WebhookDeliverer {
    const deliverer = new WebhookDeliverer({
      store: this.#store.webhooks,
      source: '/cyto-run/here',
      clock: this.#clock,
      random: () => 0.5,
      post: (_url, request) => this.#receive(request),
      attemptsMax: 1_000,
      timeoutMs: LIMITS.webhookTimeoutMs,
      atOnce: 2,
      onFault: (fault) => {
        throw fault;
      },
    });
    deliverer.start();
    return deliverer;
  }

  async #receive({ headers, signal }: PostRequest): Promise<PostAnswer> {
    const next = this.fates.shift() ?? 'taken';
    if (next === 'taken' || next === 'killed-after') this.seen.push(headers['webhook-id'] ?? '');
    if (next === 'killed-before' || next === 'killed-after') {
      const killed = this.#deliverer;
      this.#restarts = this.#restarts.then(async () => {
        await killed[Symbol.asyncDispose]();
        if (killed === this.#deliverer) this.#deliverer = this.#start();
      });
      // The answer finds nobody.
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('killed'));
        });
      });
    }
    if (next === 'lost') throw new Error('ECONNRESET');
    return { status: next === 'refused' ? 500 : 204, retryAfter: undefined };
  }
}

test('whatever dies in whatever order, each event arrives, with its id, after those before it of its run', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await using folder = await temporaryFolder();
      const clock = new SimulatedClock();
      using store = openStore({ folder: folder.path, clock });
      store.webhooks.put({
        endpointId: 'lab',
        origin: 'request',
        url: 'http://receiver/',
        states: RUN_STATES,
        apps: [],
        users: [],
        secrets: [{ secret: `whsec_${Buffer.from('a'.repeat(32)).toString('base64')}` }],
      });
      const happened: string[] = [];
      const stateOf = new Map<string, RunState>();
      await using world = new World(store, clock);
      const act = async ({ ...one }: Step): Promise<void> => {
        if (one.kind === 'fates') world.fates.push(...one.fates);
        else if (one.kind === 'wait') await clock.sleep(one.ms);
        else {
          const runId = `run-${one.run}`;
          const before = stateOf.get(runId);
          if (before !== undefined && isTerminal(before)) return;
          const next = before === undefined ? [] : nextStates(before);
          const { state, seq } =
            before === undefined
              ? store.create(runId, createdFacts())
              : store.append(runId, [{ type: 'state', state: next[one.choice % next.length]! }]);
          stateOf.set(runId, state);
          happened.push(`${runId}.${seq}`);
          world.wake();
        }
      };
      const all = async (): Promise<void> => {
        for (const one of steps) await act(one);
        await world.settled();
      };
      await clock.run(all(), 400 * 86_400_000);
      const firsts = [...new Set(world.seen)];
      for (const runId of stateOf.keys()) {
        const ofRun = (id: string): boolean => id.startsWith(`${runId}.`);
        expect(firsts.filter(ofRun)).toEqual(happened.filter(ofRun));
      }
      expect(firsts.toSorted()).toEqual(happened.toSorted());
    }),
    { numRuns: 40 },
  );
});
