import { isSecretName, SECRET_MASK } from '../../descriptor/index.ts';
import type { Configuration } from '../configuration.ts';
import { ClusterReader } from './clusters.ts';
import { LIST_KEY, MAP_KEYS, SETTING_KEYS, SETTINGS } from './settings.ts';
import { sourceText } from './source.ts';
import { isOfWebhooks, isWebhookSecret } from './webhooks.ts';

/** One effective setting, for a program. */
export interface ConfigurationRow {
  readonly key: string;
  /** Secrets masked. Null: not set. Sizes in bytes, durations in ms. */
  readonly value: unknown;
  readonly source: string;
}

/** Every effective setting with where it came from, as one value for `config show --json`. */
export const configurationDocument = (
  configuration: Configuration,
): { readonly settings: readonly ConfigurationRow[]; readonly warnings: readonly string[] } => ({
  settings: rowsOf(configuration).map(({ key, value, source }) => ({
    key,
    value,
    source,
  })),
  warnings: configuration.warnings,
});

/** `config show`: key, value as it was written, and where, one setting a line. */
export function renderConfiguration(
  configuration: Configuration,
  { color = false }: { readonly color?: boolean } = {},
): string {
  const rows = rowsOf(configuration);
  const keyWidth = Math.max(...rows.map(({ key }) => key.length));
  const textWidth = Math.min(30, Math.max(...rows.map(({ text }) => text.length)));
  const dim = (text: string): string => (color ? `\u001b[2m${text}\u001b[22m` : text);
  return [
    ...rows.map(({ key, text, source }) => {
      const line = `${key.padEnd(keyWidth)}  ${text.padEnd(textWidth)}  ${source}`;
      return source === 'default' ? dim(line) : line;
    }),
    ...configuration.warnings.map((warning) => `warning: ${warning}`),
    '',
  ].join('\n');
}

type Row = ConfigurationRow & { readonly text: string };

function rowsOf(configuration: Configuration): Row[] {
  const { values, mountRoots, environment, serverParameters, sources, written } = configuration;
  const row = (key: string, value: unknown, unset: string): Row => ({
    key,
    value: value ?? null,
    text: printable(written.get(key) ?? unset),
    source: sourceText(sources.get(key) ?? { kind: 'default' }),
  });
  const maps = {
    environment,
    'server-parameters': serverParameters,
    scheduler: Object.fromEntries(
      Object.entries(configuration.scheduler).map(([name, { value }]) => [name, value]),
    ),
  };
  return [
    ...SETTING_KEYS.map((key) => {
      const { initial, initialText } = SETTINGS[key];
      const unset = typeof initial === 'object' ? 'set' : String(initial);
      return row(key, values[key], initialText ?? unset);
    }),
    row(LIST_KEY, mountRoots, 'any folder; of a server none'),
    ...MAP_KEYS.flatMap((map) =>
      Object.entries(maps[map]).map(([name, value]) =>
        isSecretName(name)
          ? { ...row(`${map}.${name}`, SECRET_MASK, ''), text: SECRET_MASK }
          : row(`${map}.${name}`, value, ''),
      ),
    ),
    // As they were written: there is no default for any of it.
    ...[...written.keys()]
      .filter((key) => ClusterReader.owns(key) || isOfWebhooks(key))
      .map((key) =>
        isWebhookSecret(key)
          ? { ...row(key, SECRET_MASK, ''), text: SECRET_MASK }
          : row(key, written.get(key), ''),
      ),
  ];
}

/** Quoted where a terminal would not show it as it is. */
const printable = (text: string): string =>
  /^[ -~\u00a1-\uffff]+$/.test(text) ? text : JSON.stringify(text);
