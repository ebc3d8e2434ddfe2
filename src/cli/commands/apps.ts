import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import type { App, AppCalls, Client } from '../../client/index.ts';
import { describeDescriptor, nearestName } from '../../descriptor/index.ts';
import { renderAppList, renderDescription } from '../../report/index.ts';
import { configurationFor, descriptorOf, readDescriptorFile } from '../../site/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandArguments, CommandRun } from '../commands.ts';
import { sendFiles } from '../on-server/send-files.ts';
import { appVersion } from '../on-server/server-app.ts';
import { serverClient } from '../runs-port/index.ts';
import { textOptions, type Terminal } from '../terminal.ts';

interface Scene {
  readonly client: Client;
  readonly apps: AppCalls;
  /** As it was typed. */
  readonly given: string | undefined;
  readonly args: CommandArguments;
  readonly terminal: Terminal;
}

/** Each resolves to what `--json` shows and how it is told. */
const ACTIONS: Readonly<
  Record<string, (scene: Scene) => Promise<{ readonly document: object; readonly text: string }>>
> = { list, show, register, add, enable, disable, deprecate };

/** `cyto-run apps ACTION`: the apps that a server knows. */
export const apps: CommandRun = async (args, { terminal }) => {
  const action = optionalText(args['action']) ?? 'list';
  const perform = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (perform === undefined) throw unknownAction(action);
  const server = optionalText(args['server']);
  const configuration = await configurationFor(terminal, server === undefined ? {} : { server });
  const client = await serverClient(configuration, terminal);
  if (client === undefined)
    throw new RunnerError('usage', 'apps are kept by a server: which one?', {
      hint: 'Give --server URL, or set CYTO_RUN_SERVER. An app of this machine is its descriptor.',
    });
  const given = optionalText(args['app']);
  const { document, text } = await perform({ client, apps: client.apps, given, args, terminal });
  terminal.out(args['json'] === true ? `${JSON.stringify(document, null, 2)}\n` : text);
  return 0;
};

function unknownAction(action: string): RunnerError {
  const names = Object.keys(ACTIONS);
  const near = nearestName(action, names);
  return new RunnerError('usage', `${JSON.stringify(action)} is nothing that is done with apps`, {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}There are ${names.join(', ')}.`,
  });
}

async function list({ apps: calls, terminal }: Scene): ReturnType<(typeof ACTIONS)[string]> {
  const all = await calls.list();
  return { document: { apps: all }, text: renderAppList(all, textOptions(terminal, 'out')) };
}

async function show({ apps: calls, given, terminal }: Scene): ReturnType<(typeof ACTIONS)[string]> {
  const { name, version } = await versionOf(calls, given);
  const details = await calls.show(name, version);
  const { descriptor, diagnostics } = await descriptorOf(
    details.descriptor,
    '/descriptor.json',
    `${name}@${version}`,
    { lenient: true },
  );
  return {
    document: details,
    text: `${renderDescription(describeDescriptor(descriptor, diagnostics), {
      ...textOptions(terminal, 'out'),
    })}\n`,
  };
}

async function register({
  client,
  apps: calls,
  given,
  args,
  terminal,
}: Scene): ReturnType<(typeof ACTIONS)[string]> {
  if (given === undefined)
    throw new RunnerError('usage', 'which descriptor?', {
      hint: 'For example `cyto-run apps register app/descriptor.json`.',
    });
  // Read here first: what is wrong with it is told with its lines.
  const { text } = await readDescriptorFile(given, terminal.cwd);
  const archive = optionalText(args['image-archive']);
  if (archive !== undefined) {
    const path = resolve(terminal.cwd, archive);
    if (!existsSync(path))
      throw new RunnerError('input-missing', `there is no image archive ${path}`, {
        hint: '`docker save -o app.tar IMAGE` writes one.',
      });
    const say = (line: string): void => {
      terminal.err(`${line}\n`);
    };
    const upload = (await sendFiles([path], client, say)).get(path) ?? '';
    const bundle = await calls.registered({ descriptor: text, image: { upload } });
    return told(
      bundle.app,
      `${registeredWords(bundle.isNew)}${bundle.isNew ? ', with its image' : ''}`,
    );
  }
  const { app, isNew } = await calls.registered({ descriptor: text });
  return told(app, registeredWords(isNew));
}

const registeredWords = (isNew: boolean): string =>
  isNew ? 'is registered' : 'was known already; nothing changed';

async function add({ apps: calls, given }: Scene): ReturnType<(typeof ACTIONS)[string]> {
  if (given === undefined)
    throw new RunnerError('usage', 'which image?', {
      hint: 'For example `cyto-run apps add registry.example/app:1.0`; the server reads /app/descriptor.json in it.',
    });
  const app = await calls.registerImage(given);
  return told(app, `is known, and runs ${app.fromImage ?? given}`);
}

async function enable({ apps: calls, given }: Scene): ReturnType<(typeof ACTIONS)[string]> {
  const { name, version } = await versionOf(calls, given);
  const change = { enabled: true, deprecated: null };
  return told(await calls.change(name, version, change), 'may be run');
}

async function disable({ apps: calls, given }: Scene): ReturnType<(typeof ACTIONS)[string]> {
  const { name, version } = await versionOf(calls, given);
  return told(await calls.change(name, version, { enabled: false }), 'may not be run any more');
}

async function deprecate({
  apps: calls,
  given,
  args,
}: Scene): ReturnType<(typeof ACTIONS)[string]> {
  const { name, version } = await versionOf(calls, given);
  const deprecated = optionalText(args['reason']) ?? 'use another version';
  return told(await calls.change(name, version, { deprecated }), 'is deprecated');
}

const told = (app: App, what: string): { readonly document: object; readonly text: string } => ({
  document: app,
  text: `${app.name}@${app.version} ${what}\n`,
});

/** `NAME@VERSION`, or the newest of `NAME`. Throws `usage`, `app-not-found`. */
async function versionOf(
  calls: AppCalls,
  given: string | undefined,
): Promise<{ readonly name: string; readonly version: string }> {
  if (given !== undefined) return appVersion(given, calls);
  throw new RunnerError('usage', 'which app?', { hint: 'Give NAME or NAME@VERSION.' });
}
