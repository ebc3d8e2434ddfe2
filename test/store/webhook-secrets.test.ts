import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';

import { openStore, type RunStore } from '../../src/store/index.ts';
import { createdFacts } from '../support/run-values.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SECRETS = ['whsec_c2VjcmV0IG9mIG9uZSBydW4=', 'whsec_bGFi', 'whsec_b2xk', 'whsec_c2VydmVy'];
const [OF_RUN = '', LAB = '', OLD = '', SERVER = ''] = SECRETS;
const settings = { url: 'https://lab.example/hook', states: [], apps: [], users: [] };

function withSecrets(folder: string): RunStore {
  const store = openStore({ folder, clock: new ManualClock() });
  const secrets = [{ secret: LAB }, { secret: OLD, untilMs: 5 }];
  store.webhooks.put({ ...settings, endpointId: 'lab', origin: 'request', secrets });
  expect(store.webhooks.serverSecret(SERVER)).toBe(SERVER);
  const webhook = { ...settings, endpointId: 'run_r-1', origin: 'run', runId: 'r-1' } as const;
  store.server.submit(
    [
      {
        runId: 'r-1',
        facts: createdFacts({ queue: { submitter: 'ada', priority: 0 } }),
        webhook: { ...webhook, secrets: [{ secret: OF_RUN }] },
      },
    ],
    undefined,
  );
  return store;
}

test('secrets of webhooks stand nowhere in the data folder, and are there after a restart', async () => {
  await using folder = await temporaryFolder();
  withSecrets(folder.path)[Symbol.dispose]();
  for (const name of readdirSync(folder.path, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder.path, name);
    const text = textOf(path);
    for (const secret of SECRETS) {
      expect(text, name).not.toContain(secret);
      expect(text, name).not.toContain(Buffer.from(secret).toString('base64'));
    }
  }
  using store = openStore({ folder: folder.path, clock: new ManualClock() });
  expect(store.webhooks.secretsOf('lab')).toEqual([{ secret: LAB }, { secret: OLD, untilMs: 5 }]);
  expect(store.webhooks.secretsOf('run_r-1')).toEqual([{ secret: OF_RUN }]);
  expect(store.webhooks.serverSecret('another')).toBe(SERVER);
});

test('a secret that was moved to another webhook, or whose key is gone, is told, and no other key is made', async () => {
  await using folder = await temporaryFolder();
  withSecrets(folder.path)[Symbol.dispose]();
  {
    using database = new DatabaseSync(join(folder.path, 'cyto-run.db'));
    database.exec(
      `UPDATE webhook_endpoints SET secrets =
         (SELECT secrets FROM webhook_endpoints WHERE endpoint_id = 'run_r-1') WHERE endpoint_id = 'lab'`,
    );
  }
  using store = openStore({ folder: folder.path, clock: new ManualClock() });
  const refusal = expect.objectContaining({ code: 'store-unusable' }) as Error;
  expect(() => store.webhooks.secretsOf('lab')).toThrow(refusal);
  renameSync(join(folder.path, 'secrets.key'), join(folder.path, 'elsewhere'));
  expect(() => store.webhooks.secretsOf('run_r-1')).toThrow(refusal);
  expect(() => store.webhooks.serverSecret('another')).toThrow(refusal);
  expect(() => store.server.secrets.put('pw', 'x', [])).toThrow(refusal);
});

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // A folder.
    return '';
  }
};
