import type { Findings } from '../../../findings.ts';
import { nearestName } from '../../../nearest.ts';
import type { DescriptorInput, InputGroup } from '../../../model.ts';
import type { BoutiquesReading, Placed } from '../read-model.ts';
import { below, enumerated } from './place.ts';

/** Groups: real members, once each, and rules that some invocation can satisfy. */
export function checkGroups(reading: BoutiquesReading, findings: Findings): void {
  const inputs = new Map(reading.descriptor.inputs.map((input) => [input.id, input]));
  for (const placed of reading.groups) {
    checkMembers(placed, inputs, findings);
    checkRequiredMembers(placed, inputs, findings);
    if (placed.part.mutuallyExclusive) checkExclusive(placed, inputs, findings);
    checkKinds(placed, findings);
    for (const other of reading.groups)
      if (other !== placed && other.part.allOrNone) checkAgainst(placed, other.part, findings);
  }
}

type Inputs = ReadonlyMap<string, DescriptorInput>;

const memberPointer = (pointer: string, index: number): string => below(pointer, 'members', index);

function checkMembers(
  { part, pointer }: Placed<InputGroup>,
  inputs: Inputs,
  findings: Findings,
): void {
  part.members.forEach((member, index) => {
    if (!inputs.has(member))
      findings.add({
        code: 'boutiques.member-unknown',
        pointer: memberPointer(pointer, index),
        value: member,
        message: `The group \`${part.id}\` names \`${member}\`, which is no input.`,
        nearest: nearestName(member, [...inputs.keys()]),
        mend: 'Name an input by its id, or remove the member.',
      });
    if (part.members.indexOf(member) < index)
      findings.add({
        code: 'boutiques.member-repeated',
        pointer: memberPointer(pointer, index),
        value: member,
        message: `The group \`${part.id}\` names \`${member}\` twice.`,
        mend: 'Remove one of them.',
      });
  });
}

const RULE_WORDS = {
  mutuallyExclusive: 'mutually-exclusive',
  oneIsRequired: 'one-is-required',
  allOrNone: 'all-or-none',
} as const;

/** What a member that always has a value does to each kind of group. */
const REQUIRED_MEMBER = {
  mutuallyExclusive: 'the others could never be given',
  oneIsRequired: 'the group always holds',
  allOrNone: 'all the others would be required too',
} as const;

function checkRequiredMembers(
  { part, pointer }: Placed<InputGroup>,
  inputs: Inputs,
  findings: Findings,
): void {
  part.members.forEach((member, index) => {
    const input = inputs.get(member);
    if (input === undefined || input.optional || part.members.indexOf(member) < index) return;
    for (const rule of ['mutuallyExclusive', 'oneIsRequired', 'allOrNone'] as const)
      if (part[rule])
        findings.add({
          code: 'boutiques.member-required',
          pointer: memberPointer(pointer, index),
          value: member,
          message: `\`${member}\` is required, but a member of the ${RULE_WORDS[rule]} group \`${part.id}\`: ${REQUIRED_MEMBER[rule]}.`,
          mend: `Make \`${member}\` optional, or take it out of the group.`,
        });
  });
}

function checkExclusive(
  { part, pointer }: Placed<InputGroup>,
  inputs: Inputs,
  findings: Findings,
): void {
  for (const member of new Set(part.members))
    for (const required of inputs.get(member)?.requiresInputs ?? [])
      if (part.members.includes(required))
        findings.add({
          code: 'boutiques.member-requires-member',
          pointer: memberPointer(pointer, part.members.indexOf(member)),
          value: member,
          message: `\`${member}\` requires \`${required}\`, but the group \`${part.id}\` lets only one of them have a value.`,
          mend: `Remove \`${required}\` from the requires-inputs of \`${member}\`, or one of them from the group.`,
        });
}

function checkKinds({ part, pointer }: Placed<InputGroup>, findings: Findings): void {
  if (part.allOrNone && (part.oneIsRequired || part.mutuallyExclusive))
    findings.add({
      code: 'boutiques.group-rules-clash',
      pointer: below(pointer, 'all-or-none'),
      at: 'key',
      message: `The group \`${part.id}\` is all-or-none and ${part.mutuallyExclusive ? 'mutually-exclusive' : 'one-is-required'} at once.`,
      mend: 'Keep one of the rules, or make two groups.',
    });
}

/** A group beside an all-or-none group with the same members. */
function checkAgainst(
  { part, pointer }: Placed<InputGroup>,
  whole: InputGroup,
  findings: Findings,
): void {
  const shared = [...new Set(part.members)].filter((member) => whole.members.includes(member));
  if (part.mutuallyExclusive && shared.length > 1)
    findings.add({
      code: 'boutiques.groups-contradict',
      pointer,
      message: `The mutually-exclusive group \`${part.id}\` and the all-or-none group \`${whole.id}\` both have ${enumerated(shared)}: none of them could ever be given.`,
      mend: 'Take all but one of them out of one of the groups.',
    });
  if (part.oneIsRequired && part.members.length > 0 && shared.length === new Set(part.members).size)
    findings.add({
      code: 'boutiques.group-within-group',
      pointer,
      message: `Every member of the one-is-required group \`${part.id}\` is in the all-or-none group \`${whole.id}\`, so all of that group would be required.`,
      mend: `Make the inputs of \`${whole.id}\` required instead, or take a member out of it.`,
    });
}
