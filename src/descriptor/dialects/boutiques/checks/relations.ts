import type { Findings } from '../../../findings.ts';

import { stepsOf } from '../../../json/pointer.ts';
import { isJsonArray, type JsonValue } from '../../../json/value.ts';
import { nearestName } from '../../../nearest.ts';
import type { DescriptorInput } from '../../../model.ts';
import { itemTexts } from '../bindings.ts';
import type { BoutiquesReading, Placed } from '../read-model.ts';
import { objectAt } from '../json-fields.ts';
import { byChoice } from '../relations.ts';
import { below, enumerated } from './place.ts';

interface Known {
  readonly inputs: ReadonlyMap<string, DescriptorInput>;
  readonly groups: ReadonlySet<string>;
}

/** What inputs require and disable, by being given or by their value. */
export function checkRelations(reading: BoutiquesReading, findings: Findings): void {
  const known: Known = {
    inputs: new Map(reading.descriptor.inputs.map((input) => [input.id, input])),
    groups: new Set(reading.descriptor.groups.map(({ id }) => id)),
  };
  for (const placed of reading.inputs) {
    checkRequires(placed, known, findings);
    checkDisables(placed, known, findings);
    checkRequiredOwner(placed, findings);
    checkByValue(placed, known, findings);
  }
}

function checkRequires(
  { part, pointer }: Placed<DescriptorInput>,
  known: Known,
  findings: Findings,
): void {
  part.requiresInputs?.forEach((id, index) => {
    if (known.inputs.has(id) || known.groups.has(id)) return;
    findings.add({
      code: 'boutiques.requires-unknown',
      pointer: below(pointer, 'requires-inputs', index),
      value: id,
      message: `\`${part.id}\` requires \`${id}\`, which is neither an input nor a group.`,
      nearest: nearestName(id, [...known.inputs.keys(), ...known.groups]),
      mend: 'Name an input or a group by its id.',
    });
  });
}

function checkDisables(
  { part, pointer }: Placed<DescriptorInput>,
  known: Known,
  findings: Findings,
): void {
  part.disablesInputs?.forEach((id, index) => {
    const place = below(pointer, 'disables-inputs', index);
    const disabled = known.inputs.get(id);
    if (disabled === undefined)
      findings.add({
        code: 'boutiques.disables-unknown',
        pointer: place,
        value: id,
        message: known.groups.has(id)
          ? `\`${part.id}\` disables \`${id}\`, which is a group; only inputs can be disabled.`
          : `\`${part.id}\` disables \`${id}\`, which is no input.`,
        nearest: nearestName(id, [...known.inputs.keys()]),
        mend: known.groups.has(id) ? 'Name the members one by one.' : 'Name an input by its id.',
      });
    else if (!disabled.optional)
      findings.add({
        code: 'boutiques.disables-required',
        pointer: place,
        value: id,
        message: `\`${part.id}\` disables \`${id}\`, which is required: the two could never be given together, and \`${id}\` must be.`,
        mend: `Make \`${id}\` optional, or do not disable it.`,
      });
    if (part.requiresInputs?.includes(id) === true)
      findings.add({
        code: 'boutiques.requires-and-disables',
        pointer: place,
        value: id,
        message: `\`${part.id}\` both requires and disables \`${id}\`.`,
        mend: 'Remove it from one of the two lists.',
      });
  });
}

function checkRequiredOwner(
  { part, json, pointer }: Placed<DescriptorInput>,
  findings: Findings,
): void {
  const key = ['requires-inputs', 'disables-inputs'].find((one) => json.has(one));
  if (key === undefined || part.optional) return;
  findings.add({
    code: 'boutiques.required-with-relations',
    pointer: below(pointer, key),
    at: 'key',
    value: part.id,
    message:
      key === 'requires-inputs'
        ? `\`${part.id}\` is required itself, so what it requires is always required.`
        : `\`${part.id}\` is required itself, so what it disables can never be given.`,
    mend:
      key === 'requires-inputs'
        ? `Make \`${part.id}\` optional, or make the others required and remove \`${key}\`.`
        : `Make \`${part.id}\` optional, or remove the others.`,
  });
}

function checkByValue(
  { part, json, pointer }: Placed<DescriptorInput>,
  known: Known,
  findings: Findings,
): void {
  for (const key of ['value-requires', 'value-disables'] as const) {
    const map = objectAt(json, key);
    if (map === undefined) continue;
    if (!json.has('value-choices'))
      findings.add({
        code: 'boutiques.value-relations-without-choices',
        pointer: below(pointer, key),
        at: 'key',
        message: `\`${key}\` of \`${part.id}\` speaks of its choices, but it has no \`value-choices\`.`,
        mend: 'Add `value-choices`, or use `requires-inputs` or `disables-inputs`.',
      });
    else checkChoiceNames(part, [...map.keys()], below(pointer, key), findings);
    for (const [choice, ids] of map)
      checkChoiceIds(part, ids, below(pointer, key, choice), { known, findings });
  }
  for (const [choice, required] of Object.entries(part.valueRequires ?? {}))
    for (const id of byChoice(part.valueDisables, choice))
      if (required.includes(id))
        findings.add({
          code: 'boutiques.choice-requires-and-disables',
          pointer: below(pointer, 'value-disables', choice),
          value: id,
          message: `The choice \`${choice}\` of \`${part.id}\` both requires and disables \`${id}\`.`,
          mend: 'Remove it from one of the two.',
        });
}

function checkChoiceNames(
  input: DescriptorInput,
  named: readonly string[],
  pointer: string,
  findings: Findings,
): void {
  const choices = itemTexts(input.valueChoices ?? []);
  const key = stepsOf(pointer).at(-1) ?? '';
  for (const choice of named.filter((name) => !choices.includes(name)))
    findings.add({
      code: 'boutiques.value-relations-unknown-choice',
      pointer: below(pointer, choice),
      at: 'key',
      value: choice,
      message: `\`${key}\` of \`${input.id}\` names \`${choice}\`, which is not among its value-choices.`,
      nearest: nearestName(choice, choices),
      mend: 'Write it as in `value-choices`.',
    });
  const missing = choices.filter((choice) => !named.includes(choice));
  if (missing.length > 0)
    findings.add({
      code: 'boutiques.value-relations-incomplete',
      pointer,
      at: 'key',
      value: missing.join(', '),
      message: `\`${key}\` of \`${input.id}\` leaves out the ${missing.length === 1 ? 'choice' : 'choices'} ${enumerated(missing)}; schema 0.5 wants every choice.`,
      mend: `Add \`"${missing[0] ?? ''}": []\` for each choice without such a rule.`,
    });
}

function checkChoiceIds(
  input: DescriptorInput,
  ids: JsonValue,
  pointer: string,
  { known, findings }: { readonly known: Known; readonly findings: Findings },
): void {
  if (!isJsonArray(ids) || !ids.every((id) => typeof id === 'string')) {
    findings.add({
      code: 'boutiques.kind-wrong',
      pointer,
      message: `A choice of \`${input.id}\` should have a list of input ids here.`,
      mend: 'Give a list of texts, `[]` for none.',
    });
    return;
  }
  ids.forEach((id, index) => {
    const other = known.inputs.get(id);
    if (other === undefined)
      findings.add({
        code: 'boutiques.value-relations-unknown-input',
        pointer: below(pointer, index),
        value: id,
        message: `A choice of \`${input.id}\` names \`${id}\`, which is no input.`,
        nearest: nearestName(id, [...known.inputs.keys()]),
        mend: 'Name an input by its id.',
      });
    else if (!other.optional)
      findings.add({
        code: 'boutiques.value-relations-required-input',
        pointer: below(pointer, index),
        value: id,
        message: `A choice of \`${input.id}\` speaks of \`${id}\`, which is required whatever is chosen.`,
        mend: `Make \`${id}\` optional, or leave it out.`,
      });
  });
}
