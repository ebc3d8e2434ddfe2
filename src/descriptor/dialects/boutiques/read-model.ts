import { isJsonObject, plainOf, type JsonObject } from '../../json/value.ts';
import { pointerOf } from '../../json/pointer.ts';
import { markedSecrets } from '../../secrets.ts';
import type {
  ContainerImage,
  Descriptor,
  DescriptorInput,
  DescriptorTest,
  EnvironmentVariable,
  InputGroup,
  OutputFile,
  SuggestedResources,
} from '../../model.ts';
import {
  idOr,
  itemsOf,
  numberAt,
  objectAt,
  present,
  textOf,
  textsOf,
  truthOf,
} from './json-fields.ts';
import { readInput } from './read-inputs.ts';
import { readOutput } from './read-outputs.ts';

/** A part of the model, and what it was made from. */
export interface Placed<Part> {
  readonly part: Part;
  readonly json: JsonObject;
  /** JSON pointer of `json`. */
  readonly pointer: string;
}

/** A descriptor of the model, and its parts with their places in the document. */
export interface BoutiquesReading {
  readonly descriptor: Descriptor;
  readonly json: JsonObject;
  readonly inputs: readonly Placed<DescriptorInput>[];
  readonly outputFiles: readonly Placed<OutputFile>[];
  readonly groups: readonly Placed<InputGroup>[];
  readonly tests: readonly Placed<DescriptorTest>[];
  readonly environmentVariables: readonly Placed<EnvironmentVariable>[];
}

/**
 * The model of a Boutiques 0.5 document. Never throws: what is missing or of a wrong kind is left
 * out or has its default, and is told by the structure check.
 */
export function readModel(json: JsonObject): BoutiquesReading {
  const marked = markedSecrets(json);
  const inputs = placed(json, 'inputs', (item, pointer) => readInput(item, pointer, marked));
  const outputFiles = placed(json, 'output-files', readOutput);
  const groups = placed(json, 'groups', readGroup);
  const tests = placed(json, 'tests', readTest);
  const environmentVariables = placed(json, 'environment-variables', readVariable);
  const descriptor: Descriptor = {
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
    environmentVariables: environmentVariables.map(({ part }) => part),
    suggestedResources: readResources(objectAt(json, 'suggested-resources')),
    errorCodes: placed(json, 'error-codes', readErrorCode).flatMap(({ part }) => part ?? []),
    tests: tests.map(({ part }) => part),
    tags: plainObject(objectAt(json, 'tags')),
    custom: plainObject(objectAt(json, 'custom')),
  };
  return { descriptor, json, inputs, outputFiles, groups, tests, environmentVariables };
}

function placed<Part>(
  json: JsonObject,
  key: string,
  read: (item: JsonObject, pointer: string) => Part,
): readonly Placed<Part>[] {
  return itemsOf(json, key).flatMap((item, index) =>
    isJsonObject(item) ? [placedAt(pointerOf(key, index), item, read)] : [],
  );
}

const placedAt = <Part>(
  pointer: string,
  json: JsonObject,
  read: (item: JsonObject, pointer: string) => Part,
): Placed<Part> => ({ part: read(json, pointer), json, pointer });

function readGroup(json: JsonObject, pointer: string): InputGroup {
  const id = idOr(json, pointer);
  return {
    id,
    name: textOf(json, 'name') ?? id,
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
