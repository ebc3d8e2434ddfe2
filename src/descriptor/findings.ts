import type { CodeTable } from './codes.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { JsonDocument } from './json/document.ts';

/** A diagnostic before its strength and place are looked up. */
export interface Finding {
  readonly code: string;
  /** JSON pointer to what is at fault; of something missing, a pointer to where it belongs. */
  readonly pointer: string;
  /** Whether the key or the value is at fault; the value unless said. */
  readonly at?: 'key' | 'value';
  /** Where in a text value the fault begins, in UTF-16 code units from its first character. */
  readonly within?: number;
  readonly value?: unknown;
  readonly message: string;
  readonly nearest?: string | undefined;
  readonly mend?: string;
}

/** A name in backquotes that is the empty text: the two marks alone would say nothing. */
const EMPTY_NAME = /(?<=^|[\s(])``(?=[\s.,;:)?!]|$)/g;

/** Gathers diagnostics: strength from the table of codes, line and column from the document. */
export class Findings {
  readonly diagnostics: Diagnostic[] = [];
  readonly #codes: CodeTable;
  readonly #document: JsonDocument | undefined;
  readonly #told = new Set<string>();

  constructor(codes: CodeTable, document?: JsonDocument) {
    this.#codes = codes;
    this.#document = document;
  }

  /** Notes one finding, once. A code that is not in the table is a mistake in this program. */
  add(finding: Finding): void {
    const { code, pointer, at, within, nearest, ...rest } = finding;
    const known = this.#codes[code];
    if (known === undefined) throw new TypeError(`diagnostic code ${code} is in no table`);
    const message = finding.message.replaceAll(EMPTY_NAME, '""');
    const told = JSON.stringify([code, pointer, message]);
    if (this.#told.has(told)) return;
    this.#told.add(told);
    this.diagnostics.push({
      code,
      strength: known.strength,
      pointer,
      ...(this.#document === undefined
        ? {}
        : { position: this.#document.positionOf(pointer, at ?? 'value', within) }),
      ...rest,
      message,
      ...(nearest === undefined ? {} : { nearest }),
    });
  }
}
