import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { nearestName } from '../../descriptor/index.ts';
import { renderDeliveries, renderWebhooks } from '../../report/index.ts';
import type { TestTarget } from '../../daemon/index.ts';
import { configurationFor, openDataFolder, type Configuration } from '../../site/index.ts';
import {
  addWebhook,
  assertWebhook,
  ownSecret,
  removeWebhook,
  rotateSecret,
} from '../../site/webhooks/index.ts';
import { signingSecrets, type WebhookStore } from '../../store/index.ts';
import { optionalText, texts } from '../arguments.ts';
import type { CommandArguments, CommandRun } from '../commands.ts';
import { textOptions, type Terminal } from '../terminal.ts';

interface Action {
  readonly args: CommandArguments;
  readonly store: WebhookStore;
  readonly terminal: Terminal;
  readonly configuration: Configuration;
  readonly dataId: string;
}

/** What an action has to say: a document for programs and text for people. */
interface Said {
  readonly document: object;
  readonly text: string;
}

const ACTIONS: Readonly<Record<string, (action: Action) => Said | Promise<Said>>> = {
  list,
  add,
  rotate,
  remove,
  dead,
  replay,
  test,
};

/** `cyto-run webhooks ACTION`: of this data folder; a server that runs on it hears of it at once. */
export const webhooks: CommandRun = async (args, { terminal }) => {
  const name = optionalText(args['action']) ?? 'list';
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) throw unknownAction(name);
  const configuration = await configurationFor(terminal);
  using store = await openDataFolder(configuration, terminal);
  const { dataId, webhooks: kept } = store;
  const { document, text } = await action({ args, store: kept, terminal, configuration, dataId });
  terminal.out(args['json'] === true ? `${JSON.stringify(document, null, 2)}\n` : text);
  return 0;
};

function list({ store, terminal }: Action): Said {
  const listed = store.endpoints();
  const messages = store.counts();
  return {
    document: { webhooks: listed, messages },
    text:
      renderWebhooks(listed, textOptions(terminal, 'out')) +
      `messages: ${messages.pending} to be sent, ${messages.delivered} delivered, ${messages.dead} given up\n`,
  };
}

function add({ args, store }: Action): Said {
  const url = optionalText(args['url']);
  if (url === undefined)
    throw new RunnerError('usage', 'where are requests to be sent?', {
      hint: 'For example: cyto-run webhooks add --url https://lab.example/hook',
    });
  const states = texts(args['states']);
  const { endpoint, secret } = addWebhook(store, {
    url,
    ...(states.length === 0 ? {} : { states }),
    apps: texts(args['app']),
    users: texts(args['user']),
  });
  return { document: { ...endpoint, secret }, text: `${endpoint.endpointId}\n${secret}\n` };
}

function rotate(action: Action): Said {
  const endpointId = idOf(action);
  const secret = rotateSecret(action.store, endpointId, systemClock.now());
  return { document: { endpointId, secret }, text: `${secret}\n` };
}

function remove(action: Action): Said {
  const endpointId = idOf(action);
  removeWebhook(action.store, endpointId);
  return { document: { removed: endpointId }, text: `removed ${endpointId}\n` };
}

function dead({ args, store, terminal }: Action): Said {
  const endpointId = optionalText(args['id']);
  const deliveries = store.deliveries({
    state: 'dead',
    limit: LIMITS.webhookDeliveriesPageMax,
    ...(endpointId === undefined ? {} : { endpointId }),
  });
  const now = systemClock.now();
  return {
    document: { messages: deliveries },
    text: renderDeliveries(deliveries, { ...textOptions(terminal, 'out'), now }),
  };
}

/** A number is one message, anything else a webhook. */
function replay(action: Action): Said {
  const id = idOf(action);
  if (!/^\d{1,15}$/.test(id)) {
    const replayed = action.store.replayAll(id);
    return { document: { replayed }, text: `${replayed} messages are to be sent again\n` };
  }
  const { deliveryId } = action.store.replay(Number(id));
  return { document: { replayed: 1 }, text: `message ${deliveryId} is to be sent again\n` };
}

/** A message of no meaning, to see what comes back. */
async function test(action: Action): Promise<Said> {
  const { configuration, dataId } = action;
  const target = targetOf(action);
  const { testWebhook } = await import('../../daemon/index.ts');
  const status = await testWebhook(target, configuration, dataId);
  return {
    document: { webhook: target.name, url: target.url, status },
    text: `${target.name} took it: it answered ${status}\n`,
  };
}

/** By its id, its name in the configuration, or an address, for which the server's own secret signs. */
function targetOf(action: Action): TestTarget {
  const { store, configuration } = action;
  const id = idOf(action);
  if (URL.parse(id)?.protocol.startsWith('http') === true) {
    assertWebhook({ url: id });
    return { name: id, url: id, secrets: [ownSecret(store)] };
  }
  const configured = configuration.webhooks.find(({ name }) => name === id);
  if (configured !== undefined) return configured;
  const { url } = store.endpoint(id);
  const secrets = signingSecrets(store.secretsOf(id), systemClock.now().getTime());
  return { name: id, url, secrets };
}

function idOf({ args }: Action): string {
  const id = optionalText(args['id']);
  if (id !== undefined) return id;
  throw new RunnerError('usage', `webhooks ${String(args['action'])}: which one?`, {
    hint: 'Give the id of a webhook (`cyto-run webhooks list`) or of a message (`cyto-run webhooks dead`).',
  });
}

function unknownAction(name: string): RunnerError {
  const names = Object.keys(ACTIONS);
  const near = nearestName(name, names);
  return new RunnerError('usage', `there is no \`cyto-run webhooks ${name}\``, {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}There is ${names.join(', ')}.`,
  });
}
