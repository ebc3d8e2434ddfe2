import { Fields } from '../../fields.ts';
import type { Findings } from '../../findings.ts';
import type { JsonDocument } from '../../json/document.ts';
import { printJson } from '../../json/print.ts';
import { isJsonArray, isJsonObject, type JsonObject, plainOf } from '../../json/value.ts';
import type { ContainerImage, Descriptor } from '../../model.ts';
import { markedSecrets } from '../../secrets.ts';
import { checkCommandLine } from './check-command-line.ts';
import { checkInput } from './check-input.ts';
import { checkDescriptor, checkServerInputs } from './check-descriptor.ts';
import { checkImage } from './check-image.ts';
import { checkKeys } from './check-keys.ts';
import { type CytomineInput, readInput } from './read-input.ts';

/** Members that no command line is made of: an app runs without them, so a wrong one is passed over. */
const NOT_NEEDED_TO_RUN = new Set([
  'author',
  'description',
  'integer',
  'maximum',
  'minimum',
  'name',
  'schema-version',
  'tool-version',
  'uri',
  'url',
  'value-choices',
  'values-choice',
]);

const codeOfWrongKind = (key: string): string =>
  NOT_NEEDED_TO_RUN.has(key) ? 'cytomine.kind-passed-over' : 'cytomine.wrong-kind';

/**
 * Reads a `cytomine-0.1` descriptor, noting everything that is wrong with it.
 * @returns the descriptor, also beside errors; nothing when it has no command line or no list of
 * inputs, so that there is nothing to expand
 */
export function readCytomine(document: JsonDocument, findings: Findings): Descriptor | undefined {
  const root: JsonObject = isJsonObject(document.root) ? document.root : new Map();
  const fields = new Fields(root, '', findings, codeOfWrongKind);
  checkDescriptor(fields, findings);
  const inputs = readInputs(fields, markedSecrets(root), findings);
  for (const input of inputs) checkInput(input, findings);
  const image = readImage(fields, findings);
  const commandLine = fields.text('command-line');
  checkKeys(commandLine ?? '', inputs, findings);
  if (commandLine === undefined || commandLine.trim() === '') return undefined;
  const descriptor = modelOf(fields, commandLine, inputs, image);
  checkServerInputs(descriptor, findings);
  // Without a list of inputs every placeholder would be said to have none.
  if (isJsonArray(fields.raw('inputs'))) checkCommandLine(descriptor, inputs, findings);
  return descriptor;
}

function modelOf(
  fields: Fields,
  commandLine: string,
  inputs: readonly CytomineInput[],
  image: ContainerImage | undefined,
): Descriptor {
  const version = fields.text('tool-version');
  const description = fields.text('description');
  const author = fields.text('author');
  const url = fields.text('url');
  const custom = fields.raw('custom');
  const tags = fields.raw('tags');
  const invocationSchema = fields.raw('invocation-schema');
  return {
    dialect: 'cytomine-0.1',
    name: fields.text('name') ?? 'unnamed',
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    ...(author === undefined ? {} : { author }),
    ...(url === undefined ? {} : { url }),
    commandLine,
    ...(image === undefined ? {} : { containerImage: image }),
    inputs: inputs.map((input) => input.input),
    outputFiles: [],
    groups: [],
    environmentVariables: [],
    suggestedResources: {},
    errorCodes: [],
    tests: [],
    tags: plainObject(tags),
    custom: plainObject(custom),
    ...(invocationSchema === undefined ? {} : { invocationSchema: plainOf(invocationSchema) }),
  };
}

const plainObject = (value: Parameters<typeof isJsonObject>[0]): Record<string, unknown> =>
  isJsonObject(value) ? (plainOf(value) as Record<string, unknown>) : {};

/** The inputs that have an id of their own; the others are noted and passed over. */
function readInputs(
  fields: Fields,
  secrets: ReadonlySet<string>,
  findings: Findings,
): CytomineInput[] {
  const seen = new Map<string, { readonly pointer: string; readonly item: JsonObject }>();
  return (fields.list('inputs') ?? []).flatMap((item, index): CytomineInput[] => {
    const pointer = `/inputs/${index}`;
    if (!isJsonObject(item)) {
      findings.add({
        code: 'cytomine.wrong-kind',
        pointer,
        message: 'Each input should be an object with at least `id` and `type`.',
        mend: 'Write `{ "id": "threshold", "type": "Number" }`, or remove it.',
      });
      return [];
    }
    const input = new Fields(item, pointer, findings, codeOfWrongKind);
    const id = input.text('id');
    if (id === undefined || id === '') {
      if (!input.has('id') || id === '') {
        findings.add({
          code: 'cytomine.input-id-missing',
          pointer: id === '' ? `${pointer}/id` : pointer,
          message: 'This input has no `id`, so no value can be given to it.',
          mend: 'Add an `id` such as "threshold": letters, digits and underscores.',
        });
      }
      return [];
    }
    const before = seen.get(id);
    if (before !== undefined) {
      const isRepetition = rulesOf(before.item) === rulesOf(item);
      findings.add({
        code: isRepetition ? 'cytomine.input-repeated' : 'cytomine.input-id-duplicate',
        pointer: `${pointer}/id`,
        value: id,
        message: isRepetition
          ? `The input \`${id}\` is there a second time, as it is at ${before.pointer}; the platform refuses the second, here it counts once.`
          : `The id \`${id}\` is already used by the input at ${before.pointer}.`,
        mend: isRepetition ? 'Remove one of the two.' : 'Give each input an id of its own.',
      });
      return [];
    }
    seen.set(id, { pointer, item });
    return [readInput(input, id, secrets)];
  });
}

/** All that counts of an input, as text: two inputs with the same are one, whatever they are called. */
const rulesOf = (item: JsonObject): string =>
  printJson(
    new Map([...item].filter(([key]) => key !== 'name' && key !== 'description').sort(byKey)),
  );

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

function readImage(fields: Fields, findings: Findings): ContainerImage | undefined {
  const image = fields.child('container-image');
  const reference = image?.text('image')?.trim();
  checkImage(fields, image, findings);
  if (image === undefined || reference === undefined || reference === '') return undefined;
  const type = image.text('type')?.trim().toLowerCase();
  const index = image.text('index');
  return {
    type: type === 'docker' ? 'docker' : 'singularity',
    image: reference,
    ...(index === undefined ? {} : { index }),
    containerOptions: [],
  };
}
