import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';

import { dateAt, systemClock } from '../../src/base/clock.ts';
import { webhookReceiver, type Received } from '../support/webhook-receiver.ts';
import { Chance } from './chance.ts';
import type { AcceptedJob } from './submitter.ts';

const SECRET = `whsec_${Buffer.from('t'.repeat(32)).toString('base64')}`;
/** What a receiver may do instead of taking a message. */
const FAILURES = 0.25;

const HOW_IT_FAILS = ['refuses', 'hangs up', 'says nothing', 'is slow'] as const;
const SLOW_MS = 2_000;

/** A receiver that is told how every run ended, and often fails. */
export interface Hook extends AsyncDisposable {
  /** Variables of a server that may reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** From here on it takes everything. */
  heal(): void;
  /** Resolves when it has heard of all of them, or after a time that no healthy server takes. */
  untilToldOf(jobs: readonly AcceptedJob[], withinMs: number): Promise<void>;
  /** What does not hold, a sentence each. */
  faultsOf(jobs: readonly AcceptedJob[], stateOf: (runId: string) => string): string[];
}

interface Message {
  readonly id: string;
  readonly runId: string;
  readonly state: string;
}

/** Writes the configuration of the servers of `home` that tells them of it. */
export async function startHook(home: string, seed: number): Promise<Hook> {
  const chance = new Chance(seed);
  const receiver = await webhookReceiver();
  const taken: Message[] = [];
  let isHealthy = false;
  const lines = [
    'serve:',
    '  webhooks:',
    '    torture:',
    `      url: ${receiver.url}`,
    `      secret: ${SECRET}`,
  ];
  writeFileSync(join(home, 'cyto-run.yaml'), `${lines.join('\n')}\n`);
  receiver.behave((request, response) => {
    const failure = isHealthy || !chance.happens(FAILURES) ? 'none' : chance.oneOf(HOW_IT_FAILS);
    if (failure === 'refuses') response.writeHead(500).end();
    else if (failure === 'hangs up') response.destroy();
    else if (failure !== 'says nothing') {
      taken.push(messageOf(request));
      void systemClock.sleep(failure === 'is slow' ? SLOW_MS : 0).then(() => {
        response.writeHead(204).end();
      });
    }
  });
  const toldOf = (runId: string): readonly Message[] => taken.filter((one) => one.runId === runId);
  return {
    env: { CYTO_RUN_WEBHOOK_NETWORKS: '127.0.0.0/8' },
    heal: () => {
      isHealthy = true;
    },
    untilToldOf: async (jobs, withinMs) => {
      const endMs = performance.now() + withinMs;
      while (jobs.some(({ runId }) => toldOf(runId).length === 0) && performance.now() < endMs)
        await systemClock.sleep(200);
    },
    faultsOf: (jobs, stateOf) =>
      jobs.flatMap(({ runId, key }) => {
        const ids = new Set(toldOf(runId).map(({ id }) => id));
        const states = new Set(toldOf(runId).map(({ state }) => state));
        if (ids.size !== 1) return [`${key} (${runId}): ${ids.size} ends of it were told`];
        return states.has(stateOf(runId))
          ? []
          : [`${key} (${runId}): told as ${[...states].join()}`];
      }),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

function messageOf({ headers, body }: Received): Message {
  // Not by `verify`: the server's clock jumps, and its times are no longer ours.
  const at = dateAt(Number(headers['webhook-timestamp']) * 1_000);
  const signature = new Webhook(SECRET).sign(headers['webhook-id'] ?? '', at, body);
  if (headers['webhook-signature'] !== signature) throw new Error(`a wrong signature: ${body}`);
  const { id, subject, data } = JSON.parse(body) as {
    readonly id: string;
    readonly subject: string;
    readonly data: { readonly state: string };
  };
  return { id, runId: subject.replace('runs/', ''), state: data.state };
}
