import { RunnerError } from '../../base/errors.ts';
import {
  FILE_VARIABLE,
  TOKEN_VARIABLE,
  LIST_KEY,
  LIST_VARIABLE,
  MAP_KEYS,
  MAP_VARIABLES,
  SETTING_KEYS,
  SETTINGS,
} from './settings.ts';
import { sourceText, type ConfigurationFault, type Source } from './source.ts';

/** A fault in words. */
export interface ToldFault {
  readonly source: Source;
  readonly where: string;
  readonly key?: string;
  readonly value?: string;
  /** As a sentence without its full stop. */
  readonly message: string;
  readonly hint?: string;
}

/** Faults in words, each with the name that may have been meant. */
export async function toldFaults(
  faults: readonly ConfigurationFault[],
): Promise<readonly ToldFault[]> {
  // Loaded only when there is something to say: it costs a start-up milliseconds.
  const { nearestName } = await import('../../descriptor/index.ts');
  const names = [...SETTING_KEYS, LIST_KEY, ...MAP_KEYS, 'clusters', 'apps'];
  const nearest = (unknown: string): string | undefined =>
    nearestName(unknown, names) ??
    names.find((name) => name.split('.').at(-1) === unknown.split('.').at(-1));
  return faults.map((fault) => ({
    source: fault.source,
    where: sourceText(fault.source),
    ...(fault.key === undefined ? {} : { key: fault.key }),
    ...(fault.value === undefined ? {} : { value: fault.value }),
    message: sentence(fault),
    ...hintOf(
      fault,
      fault.unknown === undefined
        ? nearestName(fault.value ?? '', fault.choices ?? [])
        : nearest(fault.unknown),
    ),
  }));
}

/** Everything that is wrong, as one error: `usage` when only flags are at fault. */
export async function configurationError(
  faults: readonly ConfigurationFault[],
): Promise<RunnerError> {
  const described = await toldFaults(faults);
  const onlyFlags = faults.every(({ source }) => source.kind === 'flag');
  const [only, ...others] = described;
  if (only !== undefined && others.length === 0)
    return new RunnerError(codeFor(onlyFlags), `${only.where}: ${only.message}`, {
      details: { faults: described },
      ...(only.hint === undefined ? {} : { hint: only.hint }),
    });
  const lines = described.map(
    (fault) =>
      `\n  ${fault.where}: ${fault.message}${fault.hint === undefined ? '' : `\n    ${fault.hint}`}`,
  );
  return new RunnerError(
    codeFor(onlyFlags),
    `${faults.length} settings cannot be used${lines.join('')}`,
    { details: { faults: described } },
  );
}

const codeFor = (onlyFlags: boolean): 'usage' | 'configuration-invalid' =>
  onlyFlags ? 'usage' : 'configuration-invalid';

function sentence({ source, key, value, problem }: ConfigurationFault): string {
  const subject = value === undefined ? key : JSON.stringify(value);
  const place = source.kind === 'file' && value !== undefined ? `${key ?? ''}: ` : '';
  return subject === undefined || (source.kind === 'flag' && value === undefined)
    ? problem
    : `${place}${subject} ${problem}`;
}

function hintOf(fault: ConfigurationFault, nearest: string | undefined): { hint?: string } {
  if (nearest !== undefined) return { hint: `Did you mean ${nearest}?` };
  if (fault.unknown !== undefined) return { hint: '`cyto-run config show` lists every setting.' };
  return fault.hint === undefined ? {} : { hint: fault.hint };
}

/**
 * Variables that look like a setting misspelt. A warning, not a fault: an environment is shared, and
 * other programs may use the prefix.
 */
export async function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const known = [
    ...SETTING_KEYS.flatMap((key) => SETTINGS[key].variable ?? []),
    LIST_VARIABLE,
    FILE_VARIABLE,
    TOKEN_VARIABLE,
  ];
  const unknown = Object.keys(env).filter(
    (name) =>
      name.startsWith('CYTO_RUN_') &&
      !known.includes(name) &&
      !Object.values(MAP_VARIABLES).some((prefix) => name.startsWith(prefix)),
  );
  if (unknown.length === 0) return [];
  const { nearestName } = await import('../../descriptor/index.ts');
  return unknown.flatMap((name) => {
    const nearest = nearestName(name, known);
    return nearest === undefined ? [] : [`${name} is not a setting; did you mean ${nearest}?`];
  });
}
