import type { Diagnostic } from '../../diagnostic.ts';
import { Findings } from '../../findings.ts';
import type { JsonDocument } from '../../json/document.ts';
import { pointerOf } from '../../json/pointer.ts';
import type {
  Descriptor,
  DescriptorInput,
  InputGroup,
  Invocation,
  InvocationEntry,
} from '../../model.ts';
import { enumerated } from './checks/place.ts';
import { isList, itemTexts } from './bindings.ts';
import { BOUTIQUES_CODES } from './codes.ts';
import { byChoice, choicesOf, exclusions, given, type Exclusion } from './relations.ts';

type Given = ReadonlyMap<string, InvocationEntry>;

/**
 * Everything in an invocation that breaks a rule between inputs: groups, requires-inputs,
 * disables-inputs, value-requires, value-disables. Each value by itself (type, range, choice, list
 * length) is checked where it gets its type. Call it with defaults in place and those that must
 * give way taken out (`withoutExcludedDefaults`). Pointers are into the invocation.
 * @param document what the values were read from, for lines and columns
 */
export function boutiquesInvocationFaults(
  descriptor: Descriptor,
  invocation: Invocation,
  document?: JsonDocument,
): readonly Diagnostic[] {
  const findings = new Findings(BOUTIQUES_CODES, document);
  const entries = given(invocation);
  for (const input of descriptor.inputs) {
    const entry = entries.get(input.id);
    if (entry === undefined) continue;
    checkRequires(descriptor, input, entries, findings);
    checkChoiceRequires(input, entry, entries, findings);
    checkRepeats(input, entry, findings);
  }
  for (const exclusion of exclusions(descriptor, entries))
    reportExclusion(exclusion, entries, findings);
  for (const group of descriptor.groups) checkGroup(group, entries, findings);
  return findings.diagnostics;
}

function checkRequires(
  descriptor: Descriptor,
  input: DescriptorInput,
  entries: Given,
  findings: Findings,
): void {
  for (const id of input.requiresInputs ?? []) {
    if (entries.has(id)) continue;
    const group = descriptor.groups.find((one) => one.id === id);
    if (group === undefined)
      findings.add({
        code: 'boutiques.required-by',
        pointer: pointerOf(input.id),
        message: `${subjectOf(input.id, entries)} requires \`${id}\`, which has no value.`,
        mend: `Give \`${id}\` too, or leave out \`${input.id}\`.`,
      });
    else if (!group.members.some((member) => entries.has(member)))
      findings.add({
        code: 'boutiques.group-required',
        pointer: pointerOf(input.id),
        message: `${subjectOf(input.id, entries)} requires one of the group \`${id}\`, but none of ${enumerated(group.members)} is given.`,
        mend: `Give one of them, or leave out \`${input.id}\`.`,
      });
  }
}

function checkChoiceRequires(
  input: DescriptorInput,
  entry: InvocationEntry,
  entries: Given,
  findings: Findings,
): void {
  for (const choice of choicesOf(entry.value))
    for (const id of byChoice(input.valueRequires, choice))
      if (!entries.has(id))
        findings.add({
          code: 'boutiques.required-by-choice',
          pointer: pointerOf(input.id),
          ...(entry.secret ? {} : { value: choice }),
          message: `${subjectOf(input.id, entries)} ${chosen(entry, choice)}, which requires \`${id}\`, but that has no value.`,
          mend: `Give \`${id}\` too, or choose something else for \`${input.id}\`.`,
        });
}

const chosen = (entry: InvocationEntry, choice: string): string =>
  entry.secret ? 'has a value' : `is \`${choice}\``;

function checkRepeats(input: DescriptorInput, entry: InvocationEntry, findings: Findings): void {
  if (input.valueChoices === undefined || !isList(entry.value)) return;
  const texts = itemTexts(entry.value);
  texts.forEach((text, index) => {
    if (texts.indexOf(text) === index) return;
    findings.add({
      code: 'boutiques.list-item-repeated',
      pointer: pointerOf(input.id, index),
      ...(entry.secret ? {} : { value: text }),
      message: entry.secret
        ? `The list \`${input.id}\` holds one of its choices twice.`
        : `The list \`${input.id}\` holds the choice \`${text}\` twice.`,
      mend: 'Give each choice once.',
    });
  });
}

function reportExclusion({ from, to, by }: Exclusion, entries: Given, findings: Findings): void {
  // A group excludes both ways; it is told once, by checkGroup.
  if (by.kind === 'group') return;
  const entry = entries.get(from);
  const why =
    by.kind === 'choice' && entry !== undefined
      ? `${subjectOf(from, entries)} ${chosen(entry, by.choice)}, which disables it`
      : `${subjectOf(from, entries)} disables it`;
  findings.add({
    code: by.kind === 'choice' ? 'boutiques.disabled-by-choice' : 'boutiques.disabled-by',
    pointer: pointerOf(to),
    message: `\`${to}\` has a value, but ${why}.`,
    mend:
      by.kind === 'choice'
        ? `Leave out \`${to}\`, or choose something else for \`${from}\`.`
        : `Leave out \`${to}\` or \`${from}\`.`,
  });
}

/** "`a`", or "`a` (by default)", so that nobody looks for it among what was given. */
const subjectOf = (id: string, entries: Given): string =>
  entries.get(id)?.source === 'default' ? `\`${id}\` (by default)` : `\`${id}\``;

function checkGroup(group: InputGroup, entries: Given, findings: Findings): void {
  const members = [...new Set(group.members)];
  const there = members.filter((member) => entries.has(member));
  const missing = members.filter((member) => !entries.has(member));
  const isAsked = there.some((member) => entries.get(member)?.source !== 'default');
  const name = group.name === group.id ? `\`${group.id}\`` : `\`${group.id}\` (${group.name})`;
  if (group.mutuallyExclusive && there.length > 1)
    findings.add({
      code: 'boutiques.group-exclusive',
      pointer: pointerOf(there[1] ?? ''),
      message: `${enumerated(there)} are given together, but the group ${name} is mutually-exclusive.`,
      mend: 'Give one of them.',
    });
  if (group.oneIsRequired && there.length === 0)
    findings.add({
      code: 'boutiques.group-one-required',
      pointer: '',
      message: `None of ${enumerated(members)} is given, but the group ${name} needs one.`,
      mend: 'Give one of them; a Flag counts when it is true.',
    });
  if (group.allOrNone && isAsked && missing.length > 0)
    findings.add({
      code: 'boutiques.group-all-or-none',
      pointer: pointerOf(there[0] ?? ''),
      message: `${enumerated(there)} ${there.length === 1 ? 'is' : 'are'} given, but ${enumerated(missing)} ${missing.length === 1 ? 'is' : 'are'} not; the group ${name} is all-or-none.`,
      mend: `Give ${enumerated(missing)} too, or leave out ${enumerated(there)}.`,
    });
}
