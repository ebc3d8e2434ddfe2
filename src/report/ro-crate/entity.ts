import { dateAt, epochMs } from '../../base/clock.ts';

/** One object of a crate's `@graph`: flat JSON-LD, every other object by reference (RO-Crate 1.1, section 2). */
export interface Entity {
  readonly '@id': string;
  readonly '@type': string | readonly string[];
  readonly [property: string]: unknown;
}

export const ref = ({ '@id': id }: Pick<Entity, '@id'>): { readonly '@id': string } => ({
  '@id': id,
});

/** References to several; one alone stands without a list (RO-Crate 1.1, appendix on JSON-LD). */
export function refs(
  entities: readonly Pick<Entity, '@id'>[],
): { readonly '@id': string } | { readonly '@id': string }[] {
  const [only, ...others] = entities;
  return only !== undefined && others.length === 0 ? ref(only) : entities.map(ref);
}

/** A property with references, or no property when there is nothing to refer to. */
export const referring = (
  property: string,
  entities: readonly Pick<Entity, '@id'>[],
): Readonly<Record<string, unknown>> =>
  entities.length === 0 ? {} : { [property]: refs(entities) };

/** A path within the crate as the relative URI that identifies it (RFC 3986). */
export const pathId = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** A fragment that names a thing within the crate: `#param-threshold`. */
export const localId = (kind: string, name: string): string =>
  `#${kind}-${encodeURIComponent(name)}`;

/** Time as the profile's shapes want it: milliseconds, and `+00:00` where others write `Z`. */
export const crateTime = (at: string): string =>
  dateAt(epochMs(at)).toISOString().replace('Z', '+00:00');

/** Properties that have a value. */
export const known = (
  properties: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));

/**
 * A UUID (RFC 9562, version 8) that is the same for the same text, so that a run has one identity
 * in every crate it is exported to. FNV-1a, 128 bits: nothing secret hangs on it.
 */
export function uuidOf(text: string): string {
  const prime = 0x0000000001000000000000000000013bn;
  let hash = 0x6c62272e07bb014262b821756295c58dn;
  for (const byte of new TextEncoder().encode(text))
    hash = BigInt.asUintN(128, (hash ^ BigInt(byte)) * prime);
  const versioned = (hash & ~(0xfn << 76n)) | (0x8n << 76n);
  const variant = (versioned & ~(0x3n << 62n)) | (0x2n << 62n);
  return variant
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
