import { isJsonObject, plainOf, type JsonObject, type JsonValue } from '../../json/value.ts';
import { pointerOf } from '../../json/pointer.ts';
import { markedSecrets } from '../../secrets.ts';
import type {
  ContainerImage,
  Descriptor,
  DescriptorTest,
  EnvironmentVariable,
  InputGroup,
  SuggestedResources,
} from '../../model.ts';
import { itemsOf, numberAt, objectAt, present, textOf, textsOf, truthOf } from './json-fields.ts';
import { readInput } from './read-inputs.ts';
import { readOutput } from './read-outputs.ts';

/** A descriptor of the model, and where each of its parts stands in the document. */
export interface BoutiquesReading {
  readonly descriptor: Descriptor;
  readonly pointers: PartPointers;
}

/** JSON pointers, item by item beside the descriptor's lists: faulty items are not in either. */
export interface PartPointers {
  readonly inputs: readonly string[];
  readonly outputFiles: readonly string[];
  readonly groups: readonly string[];
  readonly tests: readonly string[];
  readonly environmentVariables: readonly string[];
}

/**
 * The model of a Boutiques 0.5 document. Never throws: what is missing or of a wrong kind is left
 * out or has its default, and is told by the structure check.
 */
export function readModel(root: JsonValue): BoutiquesReading {
  const json: JsonObject = isJsonObject(root) ? root : new Map<string, JsonValue>();
  const marked = markedSecrets(json);
  const inputs = parts(json, 'inputs', (item) => readInput(item, marked));
  const outputFiles = parts(json, 'output-files', readOutput);
  const groups = parts(json, 'groups', readGroup);
  const tests = parts(json, 'tests', readTest);
  const variables = parts(json, 'environment-variables', readVariable);
  return {
    descriptor: {
      dialect: 'boutiques-0.5',
      name: textOf(json, 'name') ?? '',
      commandLine: textOf(json, 'command-line') ?? '',
      ...present({
        version: textOf(json, 'tool-version'),
        description: textOf(json, 'description'),
        author: textOf(json, 'author'),
        url: textOf(json, 'url'),
        shell: textOf(json, 'shell'),
        containerImage: readContainerImage(objectAt(json, 'container-image')),
        invocationSchema: plainAt(json, 'invocation-schema'),
      }),
      inputs: inputs.map(({ part }) => part),
      outputFiles: outputFiles.map(({ part }) => part),
      groups: groups.map(({ part }) => part),
      environmentVariables: variables.map(({ part }) => part),
      suggestedResources: readResources(objectAt(json, 'suggested-resources')),
      errorCodes: parts(json, 'error-codes', readErrorCode).flatMap(({ part }) => part ?? []),
      tests: tests.map(({ part }) => part),
      tags: plainObject(objectAt(json, 'tags')),
      custom: plainObject(objectAt(json, 'custom')),
    },
    pointers: {
      inputs: inputs.map(({ pointer }) => pointer),
      outputFiles: outputFiles.map(({ pointer }) => pointer),
      groups: groups.map(({ pointer }) => pointer),
      tests: tests.map(({ pointer }) => pointer),
      environmentVariables: variables.map(({ pointer }) => pointer),
    },
  };
}

function parts<Part>(
  json: JsonObject,
  key: string,
  read: (item: JsonObject) => Part,
): readonly { readonly part: Part; readonly pointer: string }[] {
  return itemsOf(json, key).flatMap((item, index) =>
    isJsonObject(item) ? [{ part: read(item), pointer: pointerOf(key, index) }] : [],
  );
}

function readGroup(json: JsonObject): InputGroup {
  return {
    id: textOf(json, 'id') ?? '',
    name: textOf(json, 'name') ?? textOf(json, 'id') ?? '',
    ...present({ description: textOf(json, 'description') }),
    members: textsOf(json, 'members'),
    mutuallyExclusive: truthOf(json, 'mutually-exclusive') ?? false,
    oneIsRequired: truthOf(json, 'one-is-required') ?? false,
    allOrNone: truthOf(json, 'all-or-none') ?? false,
  };
}

function readContainerImage(json: JsonObject | undefined): ContainerImage | undefined {
  if (json === undefined) return undefined;
  const type = textOf(json, 'type');
  return {
    type: type === 'singularity' || type === 'rootfs' ? type : 'docker',
    image: (type === 'rootfs' ? textOf(json, 'url') : textOf(json, 'image')) ?? '',
    ...present({
      index: textOf(json, 'index'),
      entrypoint: truthOf(json, 'entrypoint'),
      workingDirectory: textOf(json, 'working-directory'),
      containerHash: textOf(json, 'container-hash'),
    }),
    containerOptions: textsOf(json, 'container-opts'),
  };
}

const readVariable = (json: JsonObject): EnvironmentVariable => ({
  name: textOf(json, 'name') ?? '',
  value: textOf(json, 'value') ?? '',
  ...present({ description: textOf(json, 'description') }),
});

const readTest = (json: JsonObject): DescriptorTest => ({
  name: textOf(json, 'name') ?? '',
  // Kept as read, so that the numbers of a test keep their text.
  invocation: json.get('invocation'),
  assertions: json.get('assertions'),
});

function readErrorCode(
  json: JsonObject,
): { readonly code: number; readonly description: string } | undefined {
  const code = numberAt(json, 'code')?.value;
  return code === undefined ? undefined : { code, description: textOf(json, 'description') ?? '' };
}

const readResources = (json: JsonObject | undefined): SuggestedResources =>
  json === undefined
    ? {}
    : present({
        cpuCores: numberAt(json, 'cpu-cores')?.value,
        ramGb: numberAt(json, 'ram')?.value,
        diskSpaceGb: numberAt(json, 'disk-space')?.value,
        nodes: numberAt(json, 'nodes')?.value,
        walltimeSeconds: numberAt(json, 'walltime-estimate')?.value,
      });

const plainAt = (json: JsonObject, key: string): unknown => {
  const value = json.get(key);
  return value === undefined ? undefined : plainOf(value);
};

const plainObject = (json: JsonObject | undefined): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...(json ?? [])].map(([key, value]) => [key, plainOf(value)]));
