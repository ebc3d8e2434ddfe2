import type { Diagnostic } from './diagnostic.ts';
import { imageReferenceOf } from './image-reference.ts';
import { rangeOf, textOf } from './invocation/check-value.ts';
import {
  type Descriptor,
  type DescriptorInput,
  type InvocationValue,
  type ScalarValue,
  SECRET_MASK,
} from './model.ts';

/** What a person wants to know of one input, in words. */
export interface InputDescription {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** Such as `whole number`, `list of files`. */
  readonly kind: string;
  readonly required: boolean;
  /** As it would be written; asterisks for a secret. */
  readonly default?: string;
  readonly range?: string;
  readonly choices?: readonly string[];
  /** Its value is shown nowhere. */
  readonly secret?: true;
  /** The flag on the app's own command line. */
  readonly flag?: string;
  /** Rules with other inputs, as sentences. */
  readonly rules: readonly string[];
}

/** Everything `describe` shows of a descriptor; its `--json` prints this. */
export interface DescriptorDescription {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly author?: string;
  readonly url?: string;
  readonly dialect: Descriptor['dialect'];
  readonly image?: string;
  readonly commandLine: string;
  /** What a user gives. */
  readonly inputs: readonly InputDescription[];
  /** What the platform gives. */
  readonly serverInputs: readonly InputDescription[];
  readonly groups: readonly {
    readonly name: string;
    readonly description?: string;
    readonly rule: string;
    /** Ids of inputs. */
    readonly members: readonly string[];
  }[];
  readonly outputs: readonly {
    readonly id: string;
    readonly name: string;
    readonly description?: string;
    readonly path: string;
    readonly optional: boolean;
  }[];
  /** Such as `4 cores`, `8 GB memory`. */
  readonly resources: readonly string[];
  readonly errorCodes: Descriptor['errorCodes'];
  readonly diagnostics: readonly Diagnostic[];
}

/** A descriptor as a person reads it, with what is wrong with it. Pure. */
export function describeDescriptor(
  descriptor: Descriptor,
  diagnostics: readonly Diagnostic[] = [],
): DescriptorDescription {
  const described = (server: boolean): InputDescription[] =>
    descriptor.inputs
      .filter((input) => input.setByServer === server)
      .map((input) => describeInput(input, descriptor));
  const { version, description, author, url, containerImage } = descriptor;
  return {
    name: descriptor.name,
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    ...(author === undefined ? {} : { author }),
    ...(url === undefined ? {} : { url }),
    dialect: descriptor.dialect,
    ...(containerImage === undefined ? {} : { image: imageReferenceOf(containerImage) }),
    commandLine: descriptor.commandLine,
    inputs: described(false),
    serverInputs: described(true),
    groups: groupRules(descriptor),
    outputs: descriptor.outputFiles.map((output) => ({
      id: output.id,
      name: output.name,
      ...(output.description === undefined ? {} : { description: output.description }),
      path:
        output.pathTemplate ??
        (output.conditionalPathTemplate ?? []).map(({ template }) => template).join(' or '),
      optional: output.optional,
    })),
    resources: resourcesOf(descriptor),
    errorCodes: descriptor.errorCodes,
    diagnostics,
  };
}

function describeInput(input: DescriptorInput, descriptor: Descriptor): InputDescription {
  const { description, commandLineFlag } = input;
  return {
    id: input.id,
    name: input.name,
    ...(description === undefined ? {} : { description }),
    ...inputTakes(input),
    ...(input.secret ? { secret: true } : {}),
    ...(commandLineFlag === undefined ? {} : { flag: commandLineFlag }),
    rules: rulesOf(input, descriptor),
  };
}

/** What values an input takes, in the words of `describe`. */
export function inputTakes(
  input: DescriptorInput,
): Pick<InputDescription, 'kind' | 'required' | 'default' | 'range' | 'choices'> {
  const { defaultValue, valueChoices } = input;
  const hasRange = input.minimum !== undefined || input.maximum !== undefined;
  return {
    kind: kindOf(input),
    required: !input.optional && defaultValue === undefined,
    ...(defaultValue === undefined
      ? {}
      : { default: input.secret ? SECRET_MASK : defaultText(defaultValue) }),
    ...(hasRange && input.type === 'Number' ? { range: rangeOf(input) } : {}),
    ...(valueChoices === undefined ? {} : { choices: valueChoices.map(textOf) }),
  };
}

const KINDS: Record<DescriptorInput['type'], readonly [one: string, many: string]> = {
  String: ['text', 'texts'],
  Number: ['number', 'numbers'],
  File: ['file', 'files'],
  Flag: ['switch', 'switches'],
  Boolean: ['true or false', 'truth values'],
  Date: ['date', 'dates'],
  Domain: ['object id', 'object ids'],
  ListDomain: ['object id', 'object ids'],
};

function kindOf(input: DescriptorInput): string {
  const [one, many] = KINDS[input.type];
  const whole = input.type === 'Number' && input.integer === true ? 'whole ' : '';
  if (input.list === undefined) return `${whole}${one}`;
  const { entriesMin, entriesMax } = input.list;
  const bounds =
    entriesMin !== undefined && entriesMax !== undefined
      ? ` (${entriesMin} to ${entriesMax})`
      : entriesMin !== undefined
        ? ` (at least ${entriesMin})`
        : entriesMax !== undefined
          ? ` (at most ${entriesMax})`
          : '';
  return `list of ${whole}${many}${bounds}`;
}

const defaultText = (value: InvocationValue): string =>
  Array.isArray(value)
    ? (value as readonly ScalarValue[]).map(textOf).join(', ')
    : textOf(value as ScalarValue);

function rulesOf(input: DescriptorInput, descriptor: Descriptor): string[] {
  const rules: string[] = [];
  const names = (ids: readonly string[]): string => ids.join(', ');
  if (input.requiresInputs?.length) rules.push(`needs ${names(input.requiresInputs)}`);
  if (input.disablesInputs?.length) rules.push(`excludes ${names(input.disablesInputs)}`);
  for (const [choice, ids] of Object.entries(input.valueRequires ?? {})) {
    if (ids.length > 0) rules.push(`${choice} needs ${names(ids)}`);
  }
  for (const [choice, ids] of Object.entries(input.valueDisables ?? {})) {
    if (ids.length > 0) rules.push(`${choice} excludes ${names(ids)}`);
  }
  for (const group of descriptor.groups) {
    if (group.members.includes(input.id)) rules.push(`in the group ${group.name}`);
  }
  if (input.serverParameter) rules.push('an option of the processing server, not of the app');
  return rules;
}

/** What the groups ask of their members together: `exactly one of: a, b`. */
export const groupRules = ({ groups }: Descriptor): DescriptorDescription['groups'] =>
  groups.map((group) => ({
    name: group.name,
    ...(group.description === undefined ? {} : { description: group.description }),
    rule: groupRule(group),
    members: group.members,
  }));

function groupRule(group: Descriptor['groups'][number]): string {
  const rules = [
    ...(group.mutuallyExclusive && group.oneIsRequired ? ['exactly one of'] : []),
    ...(group.mutuallyExclusive && !group.oneIsRequired ? ['at most one of'] : []),
    ...(!group.mutuallyExclusive && group.oneIsRequired ? ['at least one of'] : []),
    ...(group.allOrNone ? ['all or none of'] : []),
  ];
  return `${rules.length === 0 ? 'together' : rules.join(' and ')}: ${group.members.join(', ')}`;
}

function resourcesOf({ suggestedResources }: Descriptor): string[] {
  const { cpuCores, ramGb, diskSpaceGb, nodes, walltimeSeconds } = suggestedResources;
  return [
    ...(cpuCores === undefined ? [] : [`${cpuCores} ${cpuCores === 1 ? 'core' : 'cores'}`]),
    ...(ramGb === undefined ? [] : [`${ramGb} GB memory`]),
    ...(diskSpaceGb === undefined ? [] : [`${diskSpaceGb} GB disk`]),
    ...(nodes === undefined ? [] : [`${nodes} ${nodes === 1 ? 'node' : 'nodes'}`]),
    ...(walltimeSeconds === undefined ? [] : [`about ${timeOf(walltimeSeconds)}`]),
  ];
}

/** Seconds as a person says them: "90 s", "20 min", "2 h 30 min". */
function timeOf(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 120) return `${seconds} s`;
  if (minutes < 120) return `${minutes} min`;
  return minutes % 60 === 0
    ? `${minutes / 60} h`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
