import type { Place } from './document.ts';
import type { Token } from './tokens.ts';
import type { JsonValue } from './value.ts';

/** An object that has begun and not ended, with what it holds so far. */
export interface OpenObject {
  readonly kind: 'object';
  readonly step: string | number;
  readonly value: Map<string, JsonValue>;
  readonly places: Map<string, Place>;
  key: { readonly text: string; readonly start: number } | undefined;
}

/** A list that has begun and not ended. */
interface OpenList {
  readonly kind: 'list';
  readonly step: string | number;
  readonly value: JsonValue[];
  readonly places: number[];
}

export type Open = OpenObject | OpenList;

/** Puts a value into the object or list that is open, with its place. */
export function placeIn(open: Open | undefined, value: JsonValue, start: number): void {
  if (open?.kind === 'list') {
    open.value.push(value);
    open.places.push(start);
  } else if (open?.key !== undefined) {
    open.value.set(open.key.text, value);
    open.places.set(open.key.text, { key: open.key.start, value: start });
  }
}

/** The step of a JSON pointer that leads to what comes next. */
export const stepOfNext = (open: Open | undefined): string | number =>
  open?.kind === 'list' ? open.value.length : (open?.key?.text ?? '');

export const closingOf = (open: Open): '}' | ']' => (open.kind === 'object' ? '}' : ']');
export const nameOf = (open: Open): string => (open.kind === 'object' ? 'object' : 'list');

/** Whether a token would begin the next member or item, had there been a comma. */
export const startsNext = (open: Open, token: Token): boolean =>
  token.kind === 'string' || (open.kind === 'list' && (token.kind === '{' || token.kind === '['));
