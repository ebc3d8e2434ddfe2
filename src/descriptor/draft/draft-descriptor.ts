import { formatDescriptor } from '../format-descriptor.ts';
import { printJson } from '../json/print.ts';
import { numberOf, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Dialect } from '../model.ts';
import { isNumber, jsonNumber, type Draft, type DraftParameter } from './parameter.ts';

/** The text of a descriptor for an app, in the usual order and layout. */
export function draftDescriptor(draft: Draft, dialect: Dialect): string {
  const document = dialect === 'boutiques-0.5' ? boutiques(draft) : cytomine(draft);
  const printed = printJson(document);
  return formatDescriptor(printed).text ?? printed;
}

/** An object of what is there, in this order. */
const object = (members: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  new Map(
    Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );

const filled = (text: string | undefined): string | undefined =>
  text === undefined || text.trim() === '' ? undefined : text;

const keyOf = ({ id }: DraftParameter): string => `[${id.toUpperCase()}]`;

/** The command with the keys behind it that it does not hold already. */
const commandLine = (command: string, keys: readonly string[]): string =>
  [command, ...keys.filter((key) => !command.includes(key))].join(' ');

function boutiques(draft: Draft): JsonObject {
  const outputs = draft.parameters.filter(
    ({ kind, list }) => kind === 'output' && list === undefined,
  );
  return object({
    name: draft.name,
    description: filled(draft.description) ?? draft.name,
    'schema-version': '0.5',
    'tool-version': draft.version,
    author: filled(draft.author),
    url: filled(draft.url),
    'container-image':
      draft.image === undefined ? undefined : object({ type: 'docker', image: draft.image }),
    'command-line': commandLine(draft.command, draft.parameters.map(keyOf)),
    inputs: draft.parameters.filter(({ writtenTo }) => writtenTo === undefined).map(boutiquesInput),
    groups: boutiquesGroups(draft),
    'output-files': outputs.length === 0 ? undefined : outputs.map(boutiquesOutput),
  });
}

function boutiquesInput(parameter: DraftParameter): JsonObject {
  const { kind, flag, list } = parameter;
  const types = {
    text: 'String',
    number: 'Number',
    file: 'File',
    switch: 'Flag',
    output: 'String',
  };
  return object({
    id: parameter.id,
    name: parameter.name,
    description: filled(parameter.description),
    type: types[kind],
    integer: kind === 'number' && parameter.whole === true ? true : undefined,
    'value-key': keyOf(parameter),
    'command-line-flag': flag,
    // Else a value that begins with a dash, such as -1e-5, would be taken for a flag.
    'command-line-flag-separator':
      flag?.startsWith('--') === true && kind !== 'switch' && list === undefined ? '=' : undefined,
    optional: !parameter.required,
    'default-value': kind === 'switch' ? undefined : defaultValue(parameter),
    'value-choices': parameter.choices?.map((choice) => typed(parameter, choice)),
    list: list === undefined ? undefined : true,
    'min-list-entries': list?.least === undefined ? undefined : numberOf(String(list.least)),
    'max-list-entries': list?.most === undefined ? undefined : numberOf(String(list.most)),
  });
}

const typed = ({ kind }: DraftParameter, text: string): JsonValue =>
  kind === 'number' && isNumber(text) ? numberOf(jsonNumber(text)) : text;

function defaultValue(parameter: DraftParameter): JsonValue | undefined {
  const values = parameter.defaults?.map((text) => typed(parameter, text));
  return parameter.list === undefined ? values?.[0] : values;
}

/** What the app writes lies where the parameter says, or where the command line is told to write it. */
const boutiquesOutput = (parameter: DraftParameter): JsonObject =>
  object({
    id: parameter.writtenTo === undefined ? `${parameter.id}_file` : parameter.id,
    name: parameter.name,
    'value-key': parameter.writtenTo === undefined ? undefined : keyOf(parameter),
    'path-template': parameter.writtenTo ?? keyOf(parameter),
    optional: !parameter.required && parameter.defaults === undefined,
  });

/** Members that a group may have are those that may be left out. */
function boutiquesGroups({ groups, parameters }: Draft): JsonValue | undefined {
  const optional = new Set(parameters.filter(({ required }) => !required).map(({ id }) => id));
  const usable = groups.filter(({ members }) => members.every((id) => optional.has(id)));
  if (usable.length === 0) return undefined;
  return usable.map(({ members, oneIsRequired }, index) =>
    object({
      id: `one_of_${index + 1}`,
      name: `One of ${members.join(', ')}`,
      members,
      'mutually-exclusive': true,
      'one-is-required': oneIsRequired ? true : undefined,
    }),
  );
}

/** What every app on the platform is told; filled in by the server. */
const SERVER_INPUTS = [
  ['cytomine_host', 'Cytomine host', 'String'],
  ['cytomine_public_key', 'Cytomine public key', 'String'],
  ['cytomine_private_key', 'Cytomine private key', 'String'],
  ['cytomine_id_project', 'Cytomine project id', 'Number'],
  ['cytomine_id_software', 'Cytomine software id', 'Number'],
] as const;

const SERVER_IDS = new Set<string>(SERVER_INPUTS.map(([id]) => id));

function cytomine(draft: Draft): JsonObject {
  const parameters = draft.parameters.filter(({ id }) => !SERVER_IDS.has(id.toLowerCase()));
  const keys = SERVER_INPUTS.map(([id]) => `[${id.toUpperCase()}]`);
  return object({
    name: draft.name,
    description: filled(draft.description) ?? draft.name,
    'schema-version': 'cytomine-0.1',
    'container-image':
      draft.image === undefined ? undefined : object({ image: draft.image, type: 'singularity' }),
    'command-line': commandLine(draft.command, [...keys, ...parameters.map(keyOf)]),
    inputs: [...SERVER_INPUTS.map(serverInput), ...parameters.map(cytomineInput)],
  });
}

const serverInput = ([id, name, type]: (typeof SERVER_INPUTS)[number]): JsonObject =>
  object({
    id,
    name,
    type,
    'value-key': '[@ID]',
    'command-line-flag': '--@id',
    'set-by-server': true,
    optional: false,
  });

function cytomineInput(parameter: DraftParameter): JsonObject {
  const { id, kind, flag = '', list } = parameter;
  const types = {
    text: 'String',
    number: 'Number',
    file: 'String',
    switch: 'Boolean',
    output: 'String',
  };
  const isList = list !== undefined;
  const given = parameter.writtenTo === undefined ? parameter.defaults : [parameter.writtenTo];
  const asText = { ...parameter, kind: isList ? 'text' : kind } as const;
  return object({
    id,
    name: parameter.name,
    description: filled(parameter.description),
    type: isList ? 'String' : types[kind],
    integer: !isList && kind === 'number' && parameter.whole === true ? true : undefined,
    'value-key': '[@ID]',
    'command-line-flag': flag === `--${id}` ? '--@id' : flag,
    'set-by-server': false,
    optional: !parameter.required || parameter.writtenTo !== undefined,
    'default-value':
      kind === 'switch' ? false : given === undefined ? undefined : typed(asText, given.join(' ')),
    'values-choice': isList
      ? undefined
      : parameter.choices?.map((choice) => typed(parameter, choice)),
  });
}
