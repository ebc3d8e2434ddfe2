/**
 * A program of its own that runs something and tells a webhook of it, for tests of what is left when
 * it is killed: `node webhook-program.ts FOLDER ACTION`. Prints a line when it has done its action.
 */
import { systemClock } from '../../src/base/clock.ts';
import { outwardPost, WebhookDeliverer } from '../../src/daemon/webhooks/index.ts';
import { openStore } from '../../src/store/index.ts';
import { createdFacts } from './run-values.ts';

const [folder = '', action = ''] = process.argv.slice(2);
const store = openStore({ folder, clock: systemClock });
setInterval(() => undefined, 60_000);

/** Ends a run, and sends nothing. */
function end(): void {
  store.create('run-1', createdFacts());
  store.append('run-1', [
    { type: 'state', state: 'INITIALIZING' },
    { type: 'state', state: 'RUNNING' },
    { type: 'state', state: 'COMPLETE' },
  ]);
}

/** Sends what is to be sent, until it is killed. */
function send(): void {
  new WebhookDeliverer({
    store: store.webhooks,
    source: '/cyto-run/here',
    clock: systemClock,
    random: Math.random,
    post: outwardPost(() => undefined),
    attemptsMax: 5,
    timeoutMs: 15_000,
    atOnce: 2,
    onFault: (fault) => {
      throw fault;
    },
  }).start();
}

if (action === 'end') end();
else send();
process.stdout.write(`${action}\n`);
