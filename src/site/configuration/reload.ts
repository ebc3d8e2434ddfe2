import { isDeepStrictEqual } from 'node:util';

import type { Configuration } from '../configuration.ts';
import type { Setting } from './setting.ts';
import { SETTING_KEYS, SETTINGS, type SettingKey } from './settings.ts';
import { isOfWebhooks } from './webhooks.ts';

/** What becomes of a configuration that is read while a server runs. */
export interface ReadAgain {
  /** What the server goes by from now on. */
  readonly configuration: Configuration;
  /** Keys that are other than before, sorted, and hold now. */
  readonly applied: readonly string[];
  /** Keys that are other than before, sorted, and hold after another start only. */
  readonly kept: readonly string[];
}

/**
 * The configuration of a running server with another one read over it: what a server is made with at its
 * start (its address, its data folder, its clusters) stays as it is. Pure.
 */
export function readOver(running: Configuration, next: Configuration): ReadAgain {
  const changed = changedKeys(running, next);
  const isKept = keptBy(running, next);
  const keptValues = SETTING_KEYS.filter(isKept).map((key) => [key, running.values[key]] as const);
  return {
    configuration: {
      ...next,
      values: { ...next.values, ...Object.fromEntries(keptValues) },
      clusters: clustersOver(running, next),
      written: new Map([
        ...[...next.written].filter(([key]) => !isKept(key)),
        ...[...running.written].filter(([key]) => isKept(key)),
      ]),
    },
    applied: [
      ...changed.filter((key) => !isKept(key)),
      ...changedWebhooks(running, next).map((name) => `serve.webhooks.${name}`),
    ].sort(),
    kept: changed.filter(isKept).sort(),
  };
}

/** Whatever is written otherwise. Webhooks are looked at as a whole: the text of a secret may be in a file. */
const changedKeys = (one: Configuration, other: Configuration): string[] =>
  [...new Set([...one.written.keys(), ...other.written.keys()])].filter(
    (key) => !isOfWebhooks(key) && one.written.get(key) !== other.written.get(key),
  );

function changedWebhooks(one: Configuration, other: Configuration): string[] {
  const [before, now] = [one, other].map(
    ({ webhooks }) => new Map(webhooks.map((webhook) => [webhook.name, webhook])),
  );
  return [...new Set([...(before?.keys() ?? []), ...(now?.keys() ?? [])])].filter(
    (name) => !isDeepStrictEqual(before?.get(name), now?.get(name)),
  );
}

/** What a running server keeps; whether it speaks TLS is part of its address. */
function keptBy(running: Configuration, next: Configuration): (key: string) => boolean {
  const [before, now] = [running, next].map(({ values }) => values['serve.tls.cert'] !== undefined);
  return (key) => {
    if (key === 'serve.tls.cert' || key === 'serve.tls.key') return before !== now;
    if (Object.hasOwn(SETTINGS, key))
      return (SETTINGS[key as SettingKey] as Setting<unknown>).atStart === true;
    const [, cluster = '', field] = /^clusters\.([^.]+)\.(.+)$/.exec(key) ?? [];
    const isInBoth = running.clusters.has(cluster) && next.clusters.has(cluster);
    return field !== undefined && !(field === 'slots' && isInBoth);
  };
}

/** Clusters are opened once; how many runs they take at a time is the queue's. */
function clustersOver(running: Configuration, next: Configuration): Configuration['clusters'] {
  return new Map(
    [...running.clusters].map(([name, { slots: before, ...cluster }]) => {
      const known = next.clusters.get(name);
      const slots = known === undefined ? before : known.slots;
      return [name, { ...cluster, ...(slots === undefined ? {} : { slots }) }];
    }),
  );
}
