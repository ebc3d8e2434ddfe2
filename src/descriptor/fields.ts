import type { Findings } from './findings.ts';
import { quoted } from './invocation/check-value.ts';
import { pointerOf } from './json/pointer.ts';
import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  type JsonArray,
  type JsonKind,
  type JsonObject,
  type JsonValue,
  KIND_NAMES,
  kindOf,
} from './json/value.ts';
import type { NumberValue } from './model.ts';

/** Reads the members of one JSON object by kind, noting each that is of another kind. */
export class Fields {
  readonly object: JsonObject;
  readonly pointer: string;
  readonly #findings: Findings;
  readonly #wrongKind: (key: string) => string;

  /** @param wrongKind the code of the finding for a member of another kind than asked for, by its key */
  constructor(
    object: JsonObject,
    pointer: string,
    findings: Findings,
    wrongKind: (key: string) => string,
  ) {
    this.object = object;
    this.pointer = pointer;
    this.#findings = findings;
    this.#wrongKind = wrongKind;
  }

  has(key: string): boolean {
    return this.object.has(key);
  }

  raw(key: string): JsonValue | undefined {
    return this.object.get(key);
  }

  pointerTo(key: string): string {
    return this.pointer + pointerOf(key);
  }

  /** A text; absent and null are both undefined. */
  text(key: string): string | undefined {
    const value = this.#present(key);
    if (value === undefined || typeof value === 'string') return value;
    this.#addWrong(key, value, 'string');
    return undefined;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#present(key);
    if (value === undefined || typeof value === 'boolean') return value;
    this.#addWrong(key, value, 'boolean');
    return undefined;
  }

  number(key: string): NumberValue | undefined {
    const value = this.#present(key);
    if (value === undefined || isJsonNumber(value)) return value;
    this.#addWrong(key, value, 'number');
    return undefined;
  }

  list(key: string): JsonArray | undefined {
    const value = this.#present(key);
    if (value === undefined || isJsonArray(value)) return value;
    this.#addWrong(key, value, 'array');
    return undefined;
  }

  child(key: string): Fields | undefined {
    const value = this.#present(key);
    if (isJsonObject(value)) {
      return new Fields(value, this.pointerTo(key), this.#findings, this.#wrongKind);
    }
    if (value !== undefined) this.#addWrong(key, value, 'object');
    return undefined;
  }

  #present(key: string): JsonValue | undefined {
    return this.object.get(key) ?? undefined;
  }

  #addWrong(key: string, value: JsonValue, wanted: JsonKind): void {
    const code = this.#wrongKind(key);
    this.#findings.add({
      code,
      pointer: this.pointerTo(key),
      value: shown(value),
      message: `\`${key}\` should be ${KIND_NAMES[wanted]}, but is ${described(value)}${code.endsWith('passed-over') ? '; it is passed over' : ''}.`,
      mend: mendOf(value, wanted),
    });
  }
}

/** What of a value is shown in a diagnostic: scalars as written, nothing of lists and objects. */
export function shown(value: JsonValue): string | boolean | null | undefined {
  if (isJsonNumber(value)) return value.text;
  return isJsonArray(value) || isJsonObject(value) ? undefined : value;
}

/** A value in a sentence, to follow "is": "the text "5"", "the number 5", "a list". */
export function described(value: JsonValue): string {
  const scalar = shown(value);
  if (scalar === undefined || scalar === null) return KIND_NAMES[kindOf(value)];
  if (isJsonNumber(value)) return `the number ${value.text}`;
  return typeof scalar === 'string' ? `the text ${quoted(scalar)}` : String(scalar);
}

function mendOf(value: JsonValue, wanted: JsonKind): string {
  if (wanted === 'string' && isJsonNumber(value))
    return `Put it in double quotes: "${value.text}".`;
  if (wanted === 'boolean' && (value === 'true' || value === 'false')) {
    return `Remove the quotes: ${value}.`;
  }
  if (wanted === 'number' && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) {
    return `Remove the quotes: ${value}.`;
  }
  if (wanted === 'array') return 'Put it in square brackets.';
  return `Give ${KIND_NAMES[wanted]} here, or remove the key.`;
}
