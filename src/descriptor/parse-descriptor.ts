import { LIMITS } from '../base/limits.ts';
import { checkTexts } from './check-texts.ts';
import { readBoutiques } from './dialects/boutiques/read.ts';
import { readCytomine } from './dialects/cytomine/read.ts';
import type { Diagnostic } from './diagnostic.ts';
import { DIAGNOSTIC_CODES } from './diagnostic-codes.ts';
import { dialectOf } from './dialect.ts';
import { Findings } from './findings.ts';
import type { JsonDocument } from './json/document.ts';
import { readJson } from './json/read.ts';
import { isJsonObject } from './json/value.ts';
import type { Descriptor, Dialect } from './model.ts';

export interface ParseDescriptorOptions {
  /** Read as this dialect, whatever the content says. */
  readonly dialect?: Dialect | undefined;
  /** Accept trailing commas, comments and raw control characters, with a warning for each. */
  readonly lenient?: boolean | undefined;
}

/** What came of a text. Look at `hasErrors(diagnostics)` before running anything. */
export interface ParsedDescriptor {
  /** Present whenever there is enough to expand a command from, also beside errors. */
  readonly descriptor?: Descriptor;
  readonly dialect?: Dialect;
  /** The text as JSON with its places; absent when it is not JSON. */
  readonly document?: JsonDocument;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Text → descriptor and everything that is wrong with it, all at once, in the order of the text.
 * Never throws, on any text.
 */
export function parseDescriptor(
  text: string,
  options: ParseDescriptorOptions = {},
): ParsedDescriptor {
  if (text.length > LIMITS.descriptorBytesMax) return { diagnostics: [tooLarge(text)] };
  const { document, diagnostics } = readJson(text, { lenient: options.lenient ?? false });
  if (document === undefined) return { diagnostics };
  const findings = new Findings(DIAGNOSTIC_CODES, document);
  const dialect = options.dialect ?? dialectOf(document.root);
  if (!isJsonObject(document.root)) {
    findings.add({
      code: 'descriptor.not-an-object',
      pointer: '',
      message: 'A descriptor is a JSON object with `command-line` and `inputs`; this is none.',
      mend: 'Give the path of a descriptor, often called descriptor.json.',
    });
    return { document, diagnostics: [...diagnostics, ...findings.diagnostics] };
  }
  if (dialect === undefined) {
    findings.add({
      code: 'descriptor.dialect-unknown',
      pointer: '',
      message:
        'Nothing here says which dialect this is: it has no `schema-version`, no `command-line` and no `inputs`.',
      mend: 'Add `"schema-version": "cytomine-0.1"` (Cytomine, BIAFLOWS) or `"0.5"` (Boutiques), or name the dialect.',
    });
    return { document, diagnostics: [...diagnostics, ...findings.diagnostics] };
  }
  checkTexts(document.root, findings);
  const descriptor = read(document, dialect, findings);
  return {
    ...(descriptor === undefined ? {} : { descriptor }),
    dialect,
    document,
    diagnostics: inTextOrder([...diagnostics, ...findings.diagnostics]),
  };
}

function read(
  document: JsonDocument,
  dialect: Dialect,
  findings: Findings,
): Descriptor | undefined {
  switch (dialect) {
    case 'cytomine-0.1':
      return readCytomine(document, findings);
    case 'boutiques-0.5':
      return readBoutiques(document, findings);
  }
}

/** By place; findings at one place stay in the order they were made. */
const inTextOrder = (diagnostics: readonly Diagnostic[]): Diagnostic[] =>
  diagnostics.toSorted(
    (left, right) =>
      (left.position?.line ?? 0) - (right.position?.line ?? 0) ||
      (left.position?.column ?? 0) - (right.position?.column ?? 0),
  );

const tooLarge = (text: string): Diagnostic => ({
  code: 'json.too-large',
  strength: DIAGNOSTIC_CODES['json.too-large'].strength,
  pointer: '',
  position: { line: 1, column: 1 },
  value: text.length,
  message: `The text is ${text.length} characters long; a descriptor has at most ${LIMITS.descriptorBytesMax}.`,
  mend: 'Give the path of a descriptor; this is probably another file.',
});
