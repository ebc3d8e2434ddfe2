import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/base/limits.ts';
import {
  addWebhook,
  changeWebhook,
  removeWebhook,
  rotateSecret,
  runWebhook,
  syncWebhooks,
} from '../../../src/site/webhooks/index.ts';
import { openStore, TERMINAL_STATES } from '../../../src/store/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createdFacts } from '../../support/run-values.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SECRET = `whsec_${Buffer.from('s'.repeat(24)).toString('base64')}`;
const url = 'https://lab.example/hook?a=1';

async function scene() {
  const folder = await temporaryFolder();
  const clock = new ManualClock();
  const store = openStore({ folder: folder.path, clock });
  return {
    clock,
    store,
    webhooks: store.webhooks,
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('a webhook is told of ends only, and gets a secret, unless somebody says otherwise', async () => {
  await using at = await scene();
  const { endpoint, secret } = addWebhook(at.webhooks, { url });
  expect(endpoint).toEqual({
    endpointId: expect.stringMatching(/^wh_[\w-]{12}$/) as string,
    origin: 'request',
    url,
    states: TERMINAL_STATES,
    apps: [],
    users: [],
    createdAt: '2026-03-01T10:00:00.000Z',
  });
  expect(at.webhooks.secretsOf(endpoint.endpointId)).toEqual([{ secret }]);
  const other = addWebhook(at.webhooks, { url, secret: SECRET, states: ['all'], apps: ['a'] });
  expect(other.secret).toBe(SECRET);
  expect(other.endpoint.states).toHaveLength(9);
  const running = addWebhook(at.webhooks, { url, states: ['running', 'Terminal'] });
  expect(running.endpoint.states).toEqual(['RUNNING', ...TERMINAL_STATES]);
});

test.each([
  [{ url: 'ftp://lab.example/' }, 'url is no http or https URL'],
  [{ url: 'lab' }, 'url is no http or https URL'],
  [{ url: `https://x/${'a'.repeat(LIMITS.webhookUrlCharsMax)}` }, 'url is no http or https URL'],
  [{ url: 'https://ada:pw@lab.example/' }, 'url holds a name or a password'],
  [{ url, secret: 'whsec_c2hvcnQ=' }, 'secret is not whsec_ and 24 to 64 bytes in base 64'],
  [{ url, secret: SECRET.slice(6) }, 'secret is not whsec_'],
  [{ url, secret: `whsec_${'*'.repeat(44)}` }, 'secret is not whsec_'],
  [{ url, states: ['DONE'] }, 'states: "DONE" is no state of a run'],
  [{ url, users: Array<string>(101).fill('u') }, 'users has more than 100 items'],
])('what cannot be a webhook is refused with its rule: %j', async (text, problem) => {
  await using at = await scene();
  expect(() => addWebhook(at.webhooks, text)).toThrow(problem);
  expect(() => addWebhook(at.webhooks, text)).toThrow(expect.objectContaining({ code: 'usage' }));
  expect(at.webhooks.endpoints()).toEqual([]);
});

test('all faults are told at once, and a secret is in none of them', async () => {
  await using at = await scene();
  const wrong = { url: 'x', secret: 'my-secret', states: ['a', 'b'] };
  expect(() => addWebhook(at.webhooks, wrong)).toThrow(/url .*; secret .*; states: "a" .*"b"/);
  expect(() => addWebhook(at.webhooks, wrong)).not.toThrow('my-secret');
});

test('a change keeps what it does not name, and enables again', async () => {
  await using at = await scene();
  const { endpoint, secret } = addWebhook(at.webhooks, { url, apps: ['a'] });
  at.webhooks.disable(endpoint.endpointId, 'gone');
  const changed = changeWebhook(at.webhooks, endpoint.endpointId, { states: ['CANCELED'] });
  expect(changed).toEqual({ ...endpoint, states: ['CANCELED'] });
  expect(at.webhooks.secretsOf(endpoint.endpointId)).toEqual([{ secret }]);
});

test('a new secret stands before the old one, which goes after a day, and only two are kept', async () => {
  await using at = await scene();
  const { endpoint, secret } = addWebhook(at.webhooks, { url });
  const { endpointId } = endpoint;
  const second = rotateSecret(at.webhooks, endpointId, at.clock.now());
  const untilMs = at.clock.now().getTime() + LIMITS.webhookOldSecretMs;
  expect(at.webhooks.secretsOf(endpointId)).toEqual([{ secret: second }, { secret, untilMs }]);
  rotateSecret(at.webhooks, endpointId, at.clock.now(), SECRET);
  expect(at.webhooks.secretsOf(endpointId)).toEqual([
    { secret: SECRET },
    { secret: second, untilMs },
  ]);
  expect(() => rotateSecret(at.webhooks, endpointId, at.clock.now(), 'weak')).toThrow(
    'secret is not',
  );
});

test('the configuration’s webhooks are as it says now, and changed nowhere else', async () => {
  await using at = await scene();
  const lab = { name: 'lab', url, states: TERMINAL_STATES, apps: [], users: [], secrets: [SECRET] };
  syncWebhooks(at.webhooks, [lab, { ...lab, name: 'old' }]);
  syncWebhooks(at.webhooks, [{ ...lab, apps: ['a'] }]);
  expect(at.webhooks.endpoints()).toMatchObject([
    { endpointId: 'config_lab', origin: 'configuration', apps: ['a'] },
    { endpointId: 'config_old', disabled: 'it is no more in the configuration' },
  ]);
  for (const change of [
    () => changeWebhook(at.webhooks, 'config_lab', {}),
    () => rotateSecret(at.webhooks, 'config_lab', at.clock.now()),
    () => {
      removeWebhook(at.webhooks, 'config_lab');
    },
  ])
    expect(change).toThrow('is written in the configuration');
  syncWebhooks(at.webhooks, [lab, { ...lab, name: 'old' }]);
  expect(at.webhooks.endpoints().map(({ disabled }) => disabled)).toEqual([undefined, undefined]);
});

test('a run’s own webhook hears of that run alone, signed with the server’s secret where it has none', async () => {
  await using at = await scene();
  const of = (runId: string, secret?: string) => ({
    ...{ runId, facts: createdFacts() },
    webhook: runWebhook(at.webhooks, runId, { url, secret }),
  });
  at.store.server.submit([of('run-1'), of('run-2', SECRET), of('run-3')], undefined);
  const [first, second, third] = ['run_run-1', 'run_run-2', 'run_run-3'].map((id) =>
    at.webhooks.secretsOf(id),
  );
  expect(first).toEqual(third);
  expect(second).toEqual([{ secret: SECRET }]);
  expect(at.webhooks.endpoints()).toEqual([]);
  at.store.append('run-1', [{ type: 'state', state: 'CANCELED' }]);
  expect(at.webhooks.deliveries({ limit: 9 })).toMatchObject([
    { endpointId: 'run_run-1', runId: 'run-1', seq: 2 },
  ]);
});
