import { expect, test } from 'vitest';

import { systemClock } from '../../../src/base/clock.ts';
import { openStore, TERMINAL_STATES } from '../../../src/store/index.ts';
import { startWebhookProgram, type ChildProgram } from '../../support/child-program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { webhookReceiver } from '../../support/webhook-receiver.ts';

/** A data folder with an endpoint. */
async function folderWith(url: string) {
  const folder = await temporaryFolder();
  using store = openStore({ folder: folder.path, clock: systemClock });
  store.webhooks.put({
    endpointId: 'lab',
    origin: 'request',
    url,
    states: TERMINAL_STATES,
    apps: [],
    users: [],
    secrets: [{ secret: `whsec_${Buffer.from('a'.repeat(32)).toString('base64')}` }],
  });
  return folder;
}

const pending = (folder: string): number => {
  using store = openStore({ folder, clock: systemClock });
  return store.webhooks.counts().pending;
};

test('killed after the event and before its delivery, the next process delivers it', async () => {
  await using receiver = await webhookReceiver();
  await using folder = await folderWith(receiver.url);
  const first = await startWebhookProgram(folder.path, 'end');
  await first.kill();
  expect(pending(folder.path)).toBe(1);
  await using _second = await startWebhookProgram(folder.path, 'send');
  await receiver.until(1);
  expect(receiver.received[0]?.headers['webhook-id']).toBe('run-1.4');
});

test('killed after the delivery and before it is marked, the next process delivers it again with the same id', async () => {
  await using receiver = await webhookReceiver();
  await using folder = await folderWith(receiver.url);
  const ended = await startWebhookProgram(folder.path, 'end');
  await ended.kill();
  const sender: { program?: ChildProgram } = {};
  const killed = new Promise<void>((resolve) => {
    // It has come in, and is not answered: the sender dies without knowing.
    receiver.behave(() => {
      void sender.program?.kill().then(resolve);
    }, 200);
  });
  const started = startWebhookProgram(folder.path, 'send');
  sender.program = await started;
  await receiver.until(1);
  await killed;
  expect(pending(folder.path)).toBe(1);
  await using _next = await startWebhookProgram(folder.path, 'send');
  await receiver.until(2);
  expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
});
