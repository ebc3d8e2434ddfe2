import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { systemCodeOf } from '../../base/errors.ts';
import type { checkWebhook } from '../webhooks/check-webhook.ts';
import type { ConfiguredWebhook } from '../webhooks/manage-webhooks.ts';
import type { ConfigurationFault, RawEntry, Source } from './source.ts';

const PREFIX = 'serve.webhooks.';
const FIELDS = ['url', 'secret', 'secret-file', 'states', 'apps', 'users'] as const;
type Field = (typeof FIELDS)[number];

type Entries = Partial<Record<Field, RawEntry>>;
type Check = typeof checkWebhook;

/** Whether a key is about webhooks. */
export const isOfWebhooks = (key: string): boolean => key.startsWith(PREFIX);

/** Whether what is written at a key is the secret of a webhook. */
export const isWebhookSecret = (key: string): boolean =>
  isOfWebhooks(key) && key.endsWith('.secret');

/** The webhooks that entries describe, each checked as a whole; a later entry replaces an earlier one. */
export async function readWebhooks(
  entries: readonly RawEntry[],
  faults: ConfigurationFault[],
): Promise<readonly ConfiguredWebhook[]> {
  const webhooks = new Map<string, Entries>();
  for (const entry of entries.filter(({ key }) => isOfWebhooks(key)))
    addTo(webhooks, entry, faults);
  if (webhooks.size === 0) return [];
  // Loaded only for who has some: every command reads the configuration.
  const { checkWebhook: check } = await import('../webhooks/check-webhook.ts');
  return [...webhooks].flatMap(([name, fields]) => webhookOf(name, fields, check, faults));
}

function addTo(
  webhooks: Map<string, Entries>,
  entry: RawEntry,
  faults: ConfigurationFault[],
): void {
  const { key, source } = entry;
  const [, name, word] = /^([A-Za-z0-9_-]{1,64})\.([a-z-]+)$/.exec(key.slice(PREFIX.length)) ?? [];
  const field = FIELDS.find((known) => known === word);
  if (name === undefined || field === undefined)
    faults.push({
      ...{ source, key, problem: 'is not a setting' },
      hint: `A webhook has a name of letters, digits, - and _, and of these: ${FIELDS.join(', ')}.`,
    });
  else webhooks.set(name, { ...webhooks.get(name), [field]: entry });
}

function webhookOf(
  name: string,
  entries: Entries,
  check: Check,
  faults: ConfigurationFault[],
): ConfiguredWebhook[] {
  const { url } = entries;
  const first: Source = Object.values(entries)[0]?.source ?? { kind: 'default' };
  const keyOf = (field: Field): string => `${PREFIX}${name}.${field}`;
  if (typeof url?.value !== 'string') {
    faults.push({
      source: url?.source ?? first,
      key: keyOf('url'),
      problem: 'is missing, or not one URL',
    });
    return [];
  }
  const secrets = secretsOf(entries, { key: keyOf('secret'), source: first }, faults);
  const list = (field: Field): readonly string[] | undefined =>
    entries[field] === undefined ? undefined : [entries[field].value].flat();
  const text = { url: url.value, states: list('states'), apps: list('apps'), users: list('users') };
  const checks = [check(text), ...secrets.map((secret) => check({ url: text.url, secret }))];
  const found = checks.flatMap((one, at) =>
    one.faults.filter(({ field }) => at === 0 || field === 'secret'),
  );
  for (const { field, ...fault } of found)
    faults.push({ ...fault, key: keyOf(field), source: sourceOf(entries, field, first) });
  const [{ settings } = { settings: undefined }] = checks;
  return settings === undefined ? [] : [{ ...settings, name, secrets }];
}

const sourceOf = (entries: Entries, field: Field, otherwise: Source): Source =>
  (entries[field] ?? (field === 'secret' ? entries['secret-file'] : undefined))?.source ??
  otherwise;

/** One, or two while one takes the other's place; written there, or in a file, a line each. */
function secretsOf(
  { secret, 'secret-file': file }: Entries,
  { key, source }: { readonly key: string; readonly source: Source },
  faults: ConfigurationFault[],
): readonly string[] {
  const entry = secret ?? file;
  const fault = (problem: string, hint: string): readonly string[] => {
    faults.push({ source: entry?.source ?? source, key, problem, hint });
    return [];
  };
  if (entry === undefined || (secret !== undefined && file !== undefined))
    return fault(
      'is to be said once, here or in a file',
      'Give secret or secret-file, one of them.',
    );
  try {
    const secrets = secret === undefined ? linesOf(entry) : [secret.value].flat();
    if (secrets.length === 1 || secrets.length === 2) return secrets;
    return fault(
      `is not one or two, but ${secrets.length}`,
      'The newest first, then the one before it.',
    );
  } catch (error) {
    return fault(
      `cannot be read (${systemCodeOf(error) ?? String(error)})`,
      'The file holds a secret a line and must be readable by the server.',
    );
  }
}

function linesOf({ value, folder }: RawEntry): string[] {
  const [path = ''] = [value].flat();
  const absolute = path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(folder, path);
  return readFileSync(absolute, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
