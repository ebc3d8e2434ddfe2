import { LIMITS } from '../../base/limits.ts';
import { DIAGNOSTIC_CODES } from '../diagnostic-codes.ts';
import { type Diagnostic, hasErrors } from '../diagnostic.ts';
import { withoutExcludedDefaults } from '../dialects/boutiques/give-way.ts';
import { boutiquesInvocationFaults } from '../dialects/boutiques/invocation-rules.ts';
import { serverValueOf } from '../dialects/cytomine/server-values.ts';
import { shown } from '../fields.ts';
import { Findings } from '../findings.ts';
import type { JsonDocument } from '../json/document.ts';
import { pointerOf } from '../json/pointer.ts';
import { isJsonArray, isJsonObject } from '../json/value.ts';
import type {
  Descriptor,
  DescriptorInput,
  Invocation,
  InvocationEntry,
  InvocationValue,
  ValueSource,
} from '../model.ts';
import { nearestName } from '../nearest.ts';
import { argumentSizeFaults } from './argument-size.ts';
import { carriageFaults, quoted, rangeOf, valueFaults } from './check-value.ts';
import { coerce, type CoercionFault } from './coerce.ts';
import { checkMissing } from './presence.ts';
import type { RawValue, RawValues } from './raw.ts';

export interface ParseInvocationOptions {
  /** False: take values as they are, without type, range, choice and group rules. */
  readonly checkValues?: boolean | undefined;
  /** BIAFLOWS folder mode: the app talks to no server, so what a server sets may be absent. */
  readonly serverValuesOptional?: boolean | undefined;
  /** Where the user's values were read from, so that faults have a line and a column. */
  readonly document?: JsonDocument | undefined;
}

export interface ParsedInvocation {
  /** Absent when anything is wrong. */
  readonly invocation?: Invocation;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Values → a checked invocation, in the descriptor's order; the only way to one. User before server
 * before default. Finds everything wrong at once; the value of a secret is in no diagnostic.
 * @param raw.user values the person gave; those a server sets are refused
 * @param raw.server values of configuration or platform; those no input asks for are passed over
 */
export function parseInvocation(
  descriptor: Descriptor,
  raw: { readonly user: RawValues; readonly server?: RawValues | undefined },
  options: ParseInvocationOptions = {},
): ParsedInvocation {
  const findings = new Findings(DIAGNOSTIC_CODES, options.document);
  checkNames(descriptor, raw.user, findings);
  const missing: DescriptorInput[] = [];
  const invocation = descriptor.inputs.flatMap((input): InvocationEntry[] => {
    const given = givenFor(descriptor, input, raw);
    const entry = entryOf(descriptor, input, given, { options, findings });
    const refused = given !== undefined && !isNothing(given.raw);
    if (entry === undefined && !input.optional && !refused) missing.push(input);
    return entry === undefined ? [] : [entry];
  });
  checkMissing(missing, options.serverValuesOptional ?? false, findings);
  for (const fault of argumentSizeFaults(descriptor, invocation)) findings.add(fault);
  const settled = settle(descriptor, invocation, raw.user, options);
  const diagnostics = [...findings.diagnostics, ...settled.diagnostics];
  return hasErrors(diagnostics) ? { diagnostics } : { invocation: settled.invocation, diagnostics };
}

/** The rules between inputs, where a dialect has any, and the defaults that give way to them. */
function settle(
  descriptor: Descriptor,
  invocation: Invocation,
  user: RawValues,
  options: ParseInvocationOptions,
): { readonly invocation: Invocation; readonly diagnostics: readonly Diagnostic[] } {
  if (descriptor.dialect !== 'boutiques-0.5' || options.checkValues === false)
    return { invocation, diagnostics: [] };
  const settled = withoutExcludedDefaults(descriptor, invocation);
  // A value that was refused was given all the same: what needs it is not at fault as well.
  const refused = descriptor.inputs.flatMap(({ id, secret }): InvocationEntry[] => {
    const isRefused =
      ownValue(user, id) !== undefined && !invocation.some((entry) => entry.inputId === id);
    return isRefused ? [{ inputId: id, value: '', source: 'user', secret }] : [];
  });
  return {
    invocation: settled,
    diagnostics: boutiquesInvocationFaults(descriptor, [...settled, ...refused], options.document),
  };
}

interface Given {
  readonly source: ValueSource;
  readonly raw: RawValue;
}

interface Work {
  readonly options: ParseInvocationOptions;
  readonly findings: Findings;
}

/** The value that counts for an input. `null` in a file is as if nothing had been given. */
function givenFor(
  descriptor: Descriptor,
  input: DescriptorInput,
  raw: { readonly user: RawValues; readonly server?: RawValues | undefined },
): Given | undefined {
  const user = input.setByServer ? undefined : ownValue(raw.user, input.id);
  if (user !== undefined) return { source: 'user', raw: user };
  const server = serverValue(descriptor, input, raw.server ?? {});
  return server === undefined ? undefined : { source: 'server', raw: server };
}

function serverValue(
  descriptor: Descriptor,
  input: DescriptorInput,
  server: RawValues,
): RawValue | undefined {
  const exact = ownValue(server, input.id);
  if (exact !== undefined || descriptor.dialect !== 'cytomine-0.1') return exact;
  // The platform fills in by name, however the app's author wrote it (`host`, `CYTOMINE_HOST`).
  const wanted = serverValueOf(input.id);
  if (wanted === undefined) return undefined;
  const name = Object.keys(server).find((key) => serverValueOf(key) === wanted);
  return name === undefined ? undefined : ownValue(server, name);
}

function ownValue(values: RawValues, id: string): RawValue | undefined {
  const value = Object.hasOwn(values, id) ? values[id] : undefined;
  return value?.kind === 'json' && value.value === null ? undefined : value;
}

/** The entry of one input; nothing when it has no value or a wrong one. */
function entryOf(
  descriptor: Descriptor,
  input: DescriptorInput,
  given: Given | undefined,
  work: Work,
): InvocationEntry | undefined {
  const entry = (value: InvocationValue, source: ValueSource): InvocationEntry => ({
    inputId: input.id,
    value,
    source,
    secret: input.secret,
  });
  if (given === undefined) {
    if (input.defaultValue === undefined) return undefined;
    for (const fault of carriageFaults(input, input.defaultValue)) work.findings.add(fault);
    return entry(input.defaultValue, 'default');
  }
  if (isEmpty(descriptor, given.raw)) return undefined;
  const value = typedValue(descriptor, input, given.raw, work);
  return value === undefined ? undefined : entry(value, given.source);
}

function typedValue(
  descriptor: Descriptor,
  input: DescriptorInput,
  raw: RawValue,
  { options, findings }: Work,
): InvocationValue | undefined {
  const coerced = coerce(descriptor, input, raw);
  const check = options.checkValues ?? true;
  if (!coerced.ok) {
    const asText = check ? undefined : textsOf(raw);
    if (asText !== undefined) {
      for (const fault of carriageFaults(input, asText)) findings.add(fault);
      return asText;
    }
    addCoercionFault(input, coerced.fault, findings);
    return undefined;
  }
  const faults = [
    ...carriageFaults(input, coerced.value),
    ...(check ? valueFaults(input, coerced.value) : []),
  ];
  for (const fault of faults) findings.add(input.secret ? withoutValue(fault, input) : fault);
  return coerced.value;
}

/** The texts of a raw value, unread, for expansion without checks. */
function textsOf(raw: RawValue): string | undefined {
  if (raw.kind === 'text') return raw.texts.join(',');
  return typeof raw.value === 'string' ? raw.value : undefined;
}

/** In Cytomine an empty text is how a person says "no value", also against a default. */
function isEmpty(descriptor: Descriptor, raw: RawValue): boolean {
  if (descriptor.dialect !== 'cytomine-0.1') return false;
  if (raw.kind === 'text') return raw.texts.every((text) => text === '');
  return raw.value === '' || (isJsonArray(raw.value) && raw.value.length === 0);
}

function addCoercionFault(input: DescriptorInput, fault: CoercionFault, findings: Findings): void {
  const pointer =
    fault.index === undefined ? pointerOf(input.id) : pointerOf(input.id, fault.index);
  if (fault.code === 'invocation.repeated') {
    findings.add({
      code: fault.code,
      pointer,
      message: `\`${input.id}\` takes one value, but several are given.`,
      mend: 'Give it once.',
    });
    return;
  }
  const value = input.secret ? undefined : shown(fault.value);
  const said =
    value === undefined
      ? isJsonArray(fault.value)
        ? 'a list'
        : isJsonObject(fault.value)
          ? 'an object'
          : 'something else'
      : typeof value === 'string' && typeof fault.value === 'string'
        ? quoted(value)
        : String(value);
  const subject =
    fault.index === undefined ? `\`${input.id}\`` : `Item ${fault.index + 1} of \`${input.id}\``;
  findings.add({
    code: fault.code,
    pointer,
    ...(value === undefined ? {} : { value }),
    message: `${subject} should be ${fault.wanted}, but is ${said}.`,
    mend: mendOfKind(input, fault),
  });
}

function mendOfKind(input: DescriptorInput, { value, wanted }: CoercionFault): string {
  if (input.secret || wanted !== 'a number') return `Give ${wanted}.`;
  if (typeof value === 'string' && /^\s*-?\d+(?:\.\d+)?\s*$/.test(value))
    return `Remove the quotes: ${value.trim()}.`;
  const isBounded = input.minimum !== undefined || input.maximum !== undefined;
  if (isBounded) return `Give ${rangeOf(input)}.`;
  return input.integer === true
    ? 'Give a whole number such as 5.'
    : 'Give a number such as 5, 0.5 or 1e-3.';
}

const withoutValue = (
  fault: ReturnType<typeof valueFaults>[number],
  input: DescriptorInput,
): ReturnType<typeof valueFaults>[number] => ({
  code: fault.code,
  pointer: fault.pointer,
  message: `The value of \`${input.id}\` breaks a rule of the descriptor; it is a secret and not shown.`,
  mend: 'Compare it with the choices and the range in the descriptor.',
});

/** Names that are no input's, and those of inputs that are the server's to fill. */
function checkNames(descriptor: Descriptor, user: RawValues, findings: Findings): void {
  const inputs = new Map(descriptor.inputs.map((input) => [input.id, input]));
  const names = descriptor.inputs.filter((input) => !input.setByServer).map((input) => input.id);
  let unknown = 0;
  for (const name of Object.keys(user)) {
    const input = inputs.get(name);
    if (input === undefined) {
      unknown += 1;
      if (unknown > LIMITS.unknownInputsToldMax) continue;
      const nearest = nearestName(name, names);
      findings.add({
        code: 'invocation.unknown-input',
        pointer: pointerOf(name),
        at: 'key',
        message: `${descriptor.name} has no input \`${name}\`; it has ${names.length === 0 ? 'none a user may set' : namedIds(names)}.`,
        nearest,
        mend:
          nearest === undefined ? 'Give one of its inputs, or remove it.' : `Write \`${nearest}\`.`,
      });
    } else if (input.setByServer) {
      findings.add({
        code: 'invocation.set-by-server',
        pointer: pointerOf(name),
        at: 'key',
        message: `\`${name}\` is filled in by the server; the descriptor does not let a user set it.`,
        mend: 'Remove it here; give it as a server parameter if this program stands in for the server.',
      });
    }
  }
  const untold = unknown - LIMITS.unknownInputsToldMax;
  if (untold > 0)
    findings.add({
      code: 'invocation.unknown-input',
      pointer: '',
      message: `${descriptor.name} has none of ${untold} more inputs that are given.`,
      mend: 'Compare all names with `cyto-run describe`, or with the app’s parameters on its server.',
    });
}

const namedIds = (ids: readonly string[]): string =>
  ids.length > 20 ? `${ids.slice(0, 20).join(', ')} and ${ids.length - 20} more` : ids.join(', ');

const isNothing = (raw: RawValue): boolean =>
  raw.kind === 'text'
    ? raw.texts.every((text) => text === '')
    : raw.value === '' || (isJsonArray(raw.value) && raw.value.length === 0);
