import type { RawValue } from '../descriptor/index.ts';
import type { RunRecord } from '../runner/index.ts';

/** A record's parameters as raw values; secrets are asterisks there and are left out. */
export function valuesOf({ parameters }: Pick<RunRecord, 'parameters'>): {
  user: Record<string, RawValue>;
  server: Record<string, RawValue>;
} {
  const of = (server: boolean): Record<string, RawValue> =>
    Object.fromEntries(
      parameters
        .filter(
          ({ source, secret }) =>
            (source === 'server') === server && source !== 'default' && !secret,
        )
        .map(({ inputId, value }) => [inputId, { kind: 'json', value }]),
    );
  return { user: of(false), server: of(true) };
}
