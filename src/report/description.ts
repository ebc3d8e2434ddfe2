import type { DescriptorDescription, InputDescription } from '../descriptor/index.ts';
import { countedDiagnostics } from './diagnostics/text.ts';
import {
  field,
  type Look,
  lookOf,
  section,
  sentenceField,
  type TextOptions,
} from './text/layout.ts';
import { pad, visible, wrap } from './text/printable.ts';

/**
 * A descriptor as a page a person likes to read: what the app does, what it is given, what it
 * leaves, what it needs, and what is wrong with its descriptor. Ends without a line break.
 */
export function renderDescription(
  description: DescriptorDescription,
  options: TextOptions = {},
): string {
  const look = lookOf(options);
  const { name, version } = description;
  const title = look.paint.bold(visible(name));
  const lines = [
    version === undefined ? title : `${title} ${look.paint.dim(visible(version))}`,
    ...paragraph(description.description, look),
    '',
    ...facts(description, look),
    ...section('Parameters', inputLines(description.inputs, look), look),
    ...section(
      'Rules',
      description.groups.map(({ name: group, rule }) => visible(`${group}: ${rule}`)),
      look,
    ),
    ...section('Outputs', outputLines(description, look), look),
    ...section('Set by the server', serverLines(description), look),
    ...section('Exit codes', errorCodeLines(description), look),
    ...section('Worth knowing', noteLines(description, look), look),
  ];
  return lines.join('\n');
}

const paragraph = (text: string | undefined, look: Look): string[] =>
  text === undefined || text.trim() === ''
    ? []
    : ['', ...wrap(visible(text.replaceAll(/\s+/g, ' ').trim()), look.width)];

function facts(description: DescriptorDescription, look: Look): string[] {
  const { author, url, image, resources } = description;
  return [
    ...(author === undefined ? [] : sentenceField('by', visible(author), look)),
    ...(url === undefined ? [] : field('see', [visible(url)], look)),
    ...field('image', [image === undefined ? 'none named' : visible(image)], look),
    ...(resources.length === 0 ? [] : sentenceField('asks for', resources.join(', '), look)),
    ...sentenceField('command', visible(description.commandLine.replaceAll(/\s+/g, ' ')), look),
    ...field('format', [description.dialect], look),
  ];
}

function inputLines(inputs: readonly InputDescription[], look: Look): string[] {
  return inputs.flatMap((input, index) => {
    const mark = input.required ? `, ${look.paint.yellow('required')}` : '';
    const head = `${look.paint.bold(visible(input.id))}  ${look.paint.dim(input.kind)}${mark}`;
    const named = input.name === input.id ? [] : [input.name];
    const text = [...named, input.description ?? '']
      .filter((part) => part.trim() !== '')
      .join(' – ');
    const details = [
      ...(input.default === undefined ? [] : [`default ${visible(input.default)}`]),
      ...(input.range === undefined ? [] : [input.range]),
      ...(input.choices === undefined ? [] : [`one of ${input.choices.map(visible).join(', ')}`]),
      ...input.rules.map(visible),
    ].join('; ');
    return [
      ...(index === 0 ? [] : ['']),
      head,
      ...indented(text, look),
      ...indented(details, look),
    ];
  });
}

const indented = (text: string, look: Look): string[] =>
  text === ''
    ? []
    : wrap(visible(text.replaceAll(/\s+/g, ' ').trim()), look.width - 6).map((line) => `  ${line}`);

function outputLines({ outputs, dialect }: DescriptorDescription, look: Look): string[] {
  if (outputs.length === 0) {
    return dialect === 'cytomine-0.1'
      ? ['Not described: the app writes to its server, or to the folder given as --out.']
      : ['None described.'];
  }
  const width = Math.max(...outputs.map(({ id }) => id.length));
  return outputs.flatMap((output) => [
    `${pad(visible(output.id), width)}  ${visible(output.path)}${output.optional ? look.paint.dim(' (may be absent)') : ''}`,
    ...indented(
      [output.name, output.description ?? '']
        .filter((part) => part !== '' && part !== output.id)
        .join(' – '),
      look,
    ),
  ]);
}

const serverLines = ({ serverInputs }: DescriptorDescription): string[] =>
  serverInputs.map(({ id, kind, default: given }) =>
    visible(`${id} (${kind}${given === undefined ? '' : `, default ${given}`})`),
  );

const errorCodeLines = ({ errorCodes }: DescriptorDescription): string[] =>
  errorCodes.map(({ code, description }) => visible(`${code}  ${description}`));

/** Errors and warnings in a sentence each; hints are only counted. */
function noteLines({ diagnostics }: DescriptorDescription, look: Look): string[] {
  const told = diagnostics.filter(({ strength }) => strength !== 'hint');
  const hints = diagnostics.filter(({ strength }) => strength === 'hint');
  return [
    ...told.flatMap(({ message }) =>
      wrap(visible(message), look.width - 4).map(
        (line, index) => `${index === 0 ? '- ' : '  '}${line}`,
      ),
    ),
    ...(hints.length === 0
      ? []
      : [
          `${told.length === 0 ? '' : 'Also '}${countedDiagnostics(hints)}; \`validate\` shows them.`,
        ]),
  ];
}
