import { LIMITS } from '../../base/limits.ts';
import { DIAGNOSTIC_CODES } from '../diagnostic-codes.ts';
import { type Diagnostic, hasErrors } from '../diagnostic.ts';
import { Findings } from '../findings.ts';
import type { JsonDocument } from '../json/document.ts';
import { readJson } from '../json/read.ts';
import { isJsonObject } from '../json/value.ts';
import type { RawValues } from './raw.ts';

export interface ParsedInvocationText {
  /** Values by input id; absent when the text holds no object. */
  readonly values?: RawValues;
  /** For `parseInvocation`, so that its findings have a line and a column too. */
  readonly document?: JsonDocument;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Text of an invocation file → values by input id. Numbers keep their text; a key that occurs twice
 * is warned of. Never throws, on any text. Asynchronous, because the YAML reader is loaded only
 * where there is YAML to read.
 */
export async function parseInvocationText(
  text: string,
  format: 'json' | 'yaml',
): Promise<ParsedInvocationText> {
  if (text.length > LIMITS.invocationBytesMax) return { diagnostics: [tooLarge(text.length)] };
  const read = format === 'json' ? readJson(text) : (await import('./yaml.ts')).readYaml(text);
  const { document } = read;
  if (document === undefined || hasErrors(read.diagnostics)) {
    return { diagnostics: read.diagnostics };
  }
  if (!isJsonObject(document.root)) {
    const findings = new Findings(DIAGNOSTIC_CODES, document);
    findings.add({
      code: 'invocation.not-an-object',
      pointer: '',
      message: 'An invocation is an object of values by input id; this is none.',
      mend:
        format === 'json'
          ? 'Write `{ "threshold": 5 }`, with the ids of the descriptor.'
          : 'Write `threshold: 5`, one line for each input.',
    });
    return { document, diagnostics: [...read.diagnostics, ...findings.diagnostics] };
  }
  // `$schema` is there for editors and no input of anything.
  const entries = [...document.root].filter(([id]) => id !== '$schema');
  const values = Object.fromEntries(
    entries.map(([id, value]) => [id, { kind: 'json', value }] as const),
  );
  return { values, document, diagnostics: read.diagnostics };
}

const tooLarge = (length: number): Diagnostic => ({
  code: 'invocation.too-large',
  strength: DIAGNOSTIC_CODES['invocation.too-large'].strength,
  pointer: '',
  position: { line: 1, column: 1 },
  value: length,
  message: `The text is ${length} characters long; an invocation has at most ${LIMITS.invocationBytesMax}.`,
  mend: 'Put long lists into a file and give its path.',
});
