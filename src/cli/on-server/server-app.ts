import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import type { App, AppCalls } from '../../client/index.ts';
import { nearestName, type Dialect } from '../../descriptor/index.ts';
import { descriptorOf, type DescriptorFile } from '../../site/index.ts';

/** Whether what stands in the place of a descriptor may be the name of a server's app, and is no path. */
export const mayBeApp = (given: string): boolean =>
  given !== '-' && !/^[./~]/.test(given) && !/\.(json|ya?ml)$/i.test(given);

/**
 * The descriptor of `NAME@VERSION`, or of the newest version of `NAME` that may be run: one that is
 * deprecated only where there is no other. Throws `app-not-found`.
 */
export async function serverApp(given: string, calls: AppCalls): Promise<DescriptorFile> {
  const { name, version, deprecated } = await appVersion(given, calls);
  const { descriptor: text, app } = await calls.show(name, version);
  const reference = `${name}@${version}`;
  const file = await descriptorOf(
    text,
    posix.join('/apps', name, version, 'descriptor.json'),
    reference,
    // As the server reads it. Its dialect is one that was read already.
    {
      lenient: true,
      dialect: app.dialect as Dialect,
    },
  );
  return {
    ...file,
    sha256: app.descriptorSha256,
    app: { reference, ...(deprecated === undefined ? {} : { deprecated }) },
  };
}

/**
 * The version that is meant: `NAME@VERSION`, or the newest of `NAME`, of those that may be run and are
 * not deprecated if there are such. Throws `app-not-found` with the nearest that there is.
 */
export async function appVersion(given: string, calls: AppCalls): Promise<App> {
  const all = await calls.list();
  const at = given.lastIndexOf('@');
  const [name, version] = at > 0 ? [given.slice(0, at), given.slice(at + 1)] : [given];
  const versions = all.filter((app) => app.name === name);
  if (version !== undefined) {
    const exact = versions.find((app) => app.version === version);
    if (exact !== undefined) return exact;
  } else {
    const usable = versions.filter(({ enabled }) => enabled);
    const chosen = usable.find(({ deprecated }) => deprecated === undefined) ?? usable[0];
    if (chosen !== undefined) return chosen;
    if (versions[0] !== undefined) return versions[0];
  }
  throw notFound(given, name, all);
}

function notFound(given: string, name: string, all: readonly App[]): RunnerError {
  const versions = all.filter((app) => app.name === name).map(({ version }) => version);
  const near = nearestName(name, [...new Set(all.map((app) => app.name))]);
  const hint =
    versions.length > 0
      ? `There is ${versions.map((version) => `${name}@${version}`).join(', ')}.`
      : near === undefined
        ? '`cyto-run apps` lists them.'
        : `Did you mean ${near}?`;
  return new RunnerError('app-not-found', `the server knows no app ${JSON.stringify(given)}`, {
    hint,
    details: { ...(near === undefined ? {} : { nearest: near }) },
  });
}

/** Says that another version should be used. */
export function tellDeprecated(app: DescriptorFile['app'], say: (line: string) => void): void {
  if (app?.deprecated !== undefined) say(`note: ${app.reference} is deprecated: ${app.deprecated}`);
}
