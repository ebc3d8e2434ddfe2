import type { Findings } from '../../../findings.ts';
import { nearestName } from '../../../nearest.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { tokeniser, type Tokeniser } from '../template.ts';
import { below } from './place.ts';

/** What looks like a value-key of this descriptor's style: `[INPUT]`, in capitals. */
const BRACKETED = /\[[A-Z][A-Z0-9_-]*\]/g;

interface Template {
  readonly text: string;
  readonly pointer: string;
  readonly noun: string;
}

interface Keys {
  readonly keys: readonly string[];
  readonly cut: Tokeniser;
}

/** What templates hold that is no key, and keys that stand where they are not replaced. */
export function checkTemplates(reading: BoutiquesReading, findings: Findings): void {
  const keys = [...reading.inputs, ...reading.outputFiles].flatMap(
    ({ part }) => part.valueKey ?? [],
  );
  const cut = tokeniser(keys);
  for (const template of templatesOf(reading)) checkUndeclared(template, { keys, cut }, findings);
  checkVariables(reading, { keys, cut }, findings);
}

function templatesOf({ descriptor, outputFiles }: BoutiquesReading): readonly Template[] {
  return [
    { text: descriptor.commandLine, pointer: '/command-line', noun: 'The command-line' },
    ...outputFiles.flatMap(({ part, pointer }) => [
      {
        text: part.pathTemplate ?? '',
        pointer: below(pointer, 'path-template'),
        noun: `The path-template of \`${part.id}\``,
      },
      ...(part.conditionalPathTemplate ?? []).map(({ condition, template }, index) => ({
        text: template,
        pointer: below(pointer, 'conditional-path-template', index, condition),
        noun: `A conditional path of \`${part.id}\``,
      })),
      ...(part.fileTemplate ?? []).map((line, index) => ({
        text: line,
        pointer: below(pointer, 'file-template', index),
        noun: `The file-template of \`${part.id}\``,
      })),
    ]),
  ];
}

function checkUndeclared(
  { text, pointer, noun }: Template,
  { keys, cut }: Keys,
  findings: Findings,
): void {
  let at = 0;
  const places = new Map<string, number>();
  for (const segment of cut(text)) {
    if (segment.kind === 'text')
      for (const { 0: token, index } of segment.text.matchAll(BRACKETED))
        if (!places.has(token)) places.set(token, at + index);
    at += (segment.kind === 'text' ? segment.text : segment.key).length;
  }
  for (const [token, within] of places)
    findings.add({
      code: 'boutiques.token-undeclared',
      pointer,
      within,
      value: token,
      message: `${noun} holds \`${token}\`, which is the value-key of nothing; it stays there as it is.`,
      nearest: nearestName(token, keys),
      mend: 'Declare an input or output-file with this value-key, or remove it.',
    });
}

/** Only a value that is nothing but a key is replaced. */
function checkVariables(
  { environmentVariables }: BoutiquesReading,
  { keys, cut }: Keys,
  findings: Findings,
): void {
  for (const { part, pointer } of environmentVariables) {
    const key = keys.includes(part.value)
      ? undefined
      : cut(part.value).find((segment) => segment.kind === 'key');
    if (key?.kind === 'key')
      findings.add({
        code: 'boutiques.variable-key-within-text',
        pointer: below(pointer, 'value'),
        value: part.value,
        message: `The variable \`${part.name}\` has the value-key \`${key.key}\` within other text, where it is not replaced.`,
        mend: 'Make the value the key alone, or set the variable in the command-line.',
      });
    if (part.name.includes(','))
      findings.add({
        code: 'boutiques.variable-comma',
        pointer: below(pointer, 'name'),
        value: part.name,
        message: `The variable \`${part.name}\` has a comma, which schema 0.5 lets in by mistake; a shell cannot read it.`,
        mend: 'Write `_` instead.',
      });
  }
}
