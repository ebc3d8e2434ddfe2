import type { Findings } from '../../findings.ts';
import { quoted } from '../../invocation/check-value.ts';
import type { Descriptor, DescriptorInput } from '../../model.ts';
import { nearestName } from '../../nearest.ts';
import { literalFlag } from './expand.ts';
import { looseName } from './names.ts';
import type { CytomineInput } from './read-input.ts';
import { type Part, parseTemplate, type Template, type Word } from './template.ts';

const POINTER = '/command-line';
const FOLDER_NAMES = ['INFOLDER', 'OUTFOLDER', 'GTFOLDER'];
/** What an undeclared placeholder without brackets looks like: capitals in at least two parts. */
const CAPITALS = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/** The command line against the inputs: what the platform makes of it, and what its author meant. */
export function checkCommandLine(
  descriptor: Descriptor,
  inputs: readonly CytomineInput[],
  findings: Findings,
): void {
  const template = parseTemplate(descriptor.commandLine, descriptor.inputs);
  checkLayout(descriptor.commandLine, template, findings);
  template.words.forEach((word, index) => {
    checkWord(word, template.words[index - 1], { descriptor, template, findings });
  });
  checkRepeated(template, findings);
  checkUnused(template, inputs, findings);
}

interface Work {
  readonly descriptor: Descriptor;
  readonly template: Template;
  readonly findings: Findings;
}

function checkLayout(line: string, template: Template, findings: Findings): void {
  const lines = /[\r\n\t]/.exec(line);
  if (lines !== null) {
    findings.add({
      code: 'cytomine.command-line-lines',
      pointer: POINTER,
      within: lines.index,
      message:
        'The command line has line breaks or tabs; the platform splits at spaces only and gives the app arguments with line breaks in them. Here they separate arguments.',
      mend: 'Write it on one line, with single spaces.',
    });
  }
  const spaces = / {2,}|^ | $/.exec(line);
  if (spaces !== null && lines === null) {
    findings.add({
      code: 'cytomine.command-line-spaces',
      pointer: POINTER,
      within: spaces.index,
      message:
        'Spaces at an end of the command line or several in a row become empty arguments on the platform. Here they separate arguments.',
      mend: 'Write single spaces, none at the ends.',
    });
  }
  if (template.openQuote !== undefined) {
    findings.add({
      code: 'cytomine.command-line-quote',
      pointer: POINTER,
      message: `A quote (${template.openQuote}) in the command line is never closed; it is passed to the app as it stands.`,
      mend: 'Close it, or remove it.',
    });
  }
}

/** Operators and expansions of a shell; the platform would run them, here they are plain text. */
const SHELL = /^(?:[;&|<>]+|\d?>{1,2}.*|&&|\|\|)$|\$\(|\$\{?\w|`/;

function checkWord(word: Word, before: Word | undefined, work: Work): void {
  const literal = word.parts.every((part) => part.kind === 'text');
  if (literal && SHELL.test(word.written)) {
    work.findings.add({
      code: 'cytomine.command-line-shell',
      pointer: POINTER,
      within: word.start,
      value: word.written,
      message: `${quoted(word.written)} means something to a shell; no shell runs the command here, so the app gets it as it stands.`,
      mend: 'Move it into a script of the image.',
    });
  }
  if (!literal && word.parts.length > 1) checkGlued(word, work);
  for (const part of word.parts) checkPart(part, word, before, work);
}

function checkGlued(word: Word, { findings }: Work): void {
  const alternatives = new Set(
    word.parts.map((part) => (part.kind === 'text' ? part.text : part.written)),
  );
  // Two inputs with one key make two parts of one placeholder.
  if (alternatives.size === 1) return;
  findings.add({
    code: 'cytomine.placeholder-glued',
    pointer: POINTER,
    within: word.start,
    value: word.written,
    message: `${quoted(word.written)} is one word with a placeholder in it; the platform puts a flag and a value there. Here ${word.parts.some((part) => part.kind === 'text') ? 'the value alone goes into the word' : 'each placeholder gives its own arguments'}.`,
    mend: 'Put a space around each placeholder.',
  });
}

function checkPart(part: Part, word: Word, before: Word | undefined, work: Work): void {
  switch (part.kind) {
    case 'text':
      checkCapitals(part.text, word, work);
      return;
    case 'undeclared':
      addUndeclared(part.written, word, work);
      return;
    case 'input':
      if (part.form === 'mended') addForm(part.input, part.written, word, work.findings);
      checkDoubled(part.input, word, before, work.findings);
      checkServerParameter(part.input, word, work.findings);
  }
}

function checkCapitals(text: string, word: Word, work: Work): void {
  if (word.parts.length > 1 || !CAPITALS.test(text)) return;
  const keys = work.descriptor.inputs.map((input) => input.valueKey ?? '');
  const nearest = nearestName(text, keys);
  work.findings.add({
    code: 'cytomine.placeholder-undeclared',
    pointer: POINTER,
    within: word.start,
    value: text,
    message: `\`${text}\` looks like a placeholder, but is no input's key; the app gets the word itself.`,
    nearest,
    mend:
      nearest === undefined
        ? `Declare an input \`${text.toLowerCase()}\`, or remove it.`
        : `Write \`${nearest}\`, or remove it.`,
  });
}

function addUndeclared(written: string, word: Word, work: Work): void {
  const folder = FOLDER_NAMES.includes(looseName(written));
  const keys = work.descriptor.inputs.map((input) => input.valueKey ?? '');
  const nearest = folder ? undefined : nearestName(written, keys);
  work.findings.add({
    code: 'cytomine.placeholder-undeclared',
    pointer: POINTER,
    within: word.start,
    value: written,
    message: folder
      ? `No input declares the placeholder \`${written}\`; it is filled in when the run is given folders, and left out with its flag otherwise.`
      : `No input declares the placeholder \`${written}\`; the platform passes it to the app as it stands, here it is left out with its flag.`,
    nearest,
    mend:
      nearest === undefined
        ? `Declare an input with the value-key \`${written}\`, or remove it.`
        : `Write \`${nearest}\`, or declare an input for it.`,
  });
}

/** The platform replaces a key wherever it occurs, also within a word. */
const platformDoes = ({ valueKey = '' }: DescriptorInput, written: string): string =>
  valueKey !== '' && written.includes(valueKey)
    ? `puts flag and value inside \`${written.replace(valueKey, '…')}\``
    : 'leaves it as it stands';

function addForm(input: DescriptorInput, written: string, word: Word, findings: Findings): void {
  findings.add({
    code: 'cytomine.placeholder-form',
    pointer: POINTER,
    within: word.start,
    value: written,
    message: `\`${written}\` is not the value-key of \`${input.id}\`, which is \`${input.valueKey ?? ''}\`, so the platform ${platformDoes(input, written)}. Here it is taken for it.`,
    nearest: input.valueKey,
    mend: `Write \`${input.valueKey ?? ''}\` in the command line, or change the value-key.`,
  });
}

function checkDoubled(
  input: DescriptorInput,
  word: Word,
  before: Word | undefined,
  findings: Findings,
): void {
  const flag = literalFlag(before);
  if (flag === undefined || flag !== input.commandLineFlag || before === undefined) return;
  findings.add({
    code: 'cytomine.flag-doubled',
    pointer: POINTER,
    within: before.start,
    value: `${flag} ${word.written}`,
    message: `The command line has \`${flag}\` before \`${word.written}\` and the input \`${input.id}\` has the flag too; the platform passes it twice. Here it is passed once.`,
    mend: `Remove \`${flag}\` from the command line, or make the input's \`command-line-flag\` empty.`,
  });
}

function checkServerParameter(input: DescriptorInput, word: Word, findings: Findings): void {
  if (!input.serverParameter) return;
  findings.add({
    code: 'cytomine.server-parameter-used',
    pointer: POINTER,
    within: word.start,
    value: word.written,
    message: `\`${input.id}\` is an option of the processing server, so its value never reaches the app; the platform leaves the placeholder as it stands. Here it is left out.`,
    mend: 'Remove it from the command line, or write `"server-parameter": false`.',
  });
}

function checkRepeated(template: Template, findings: Findings): void {
  const seen = new Set<string>();
  for (const word of template.words) {
    const [part] = word.parts;
    if (part?.kind !== 'input') continue;
    if (seen.has(part.written)) {
      findings.add({
        code: 'cytomine.placeholder-repeated',
        pointer: POINTER,
        within: word.start,
        value: part.written,
        message: `\`${part.written}\` occurs twice on the command line, so its value is passed twice.`,
        mend: 'Keep one, unless the app wants it twice.',
      });
    }
    seen.add(part.written);
  }
}

function checkUnused(
  template: Template,
  inputs: readonly CytomineInput[],
  findings: Findings,
): void {
  const used = new Set(
    template.words.flatMap((word) =>
      word.parts.flatMap((part) => (part.kind === 'input' ? [part.input] : [])),
    ),
  );
  const undeclared = template.words.flatMap((word) =>
    word.parts.flatMap((part) =>
      part.kind === 'undeclared'
        ? [part.written]
        : part.kind === 'text' && CAPITALS.test(part.text)
          ? [part.text]
          : [],
    ),
  );
  for (const { input, fields } of inputs) {
    if (used.has(input) || input.serverParameter) continue;
    const nearest = nearestName(input.valueKey ?? '', undeclared);
    findings.add({
      code: 'cytomine.input-unused',
      pointer: fields.pointer,
      value: input.valueKey,
      message: `The command line does not have \`${input.valueKey ?? ''}\`, so the value of \`${input.id}\` never reaches the app.`,
      nearest,
      mend:
        nearest === undefined
          ? `Add \`${input.valueKey ?? ''}\` to the command line, or remove the input.`
          : `The command line has \`${nearest}\`: write the same in both places.`,
    });
  }
}
