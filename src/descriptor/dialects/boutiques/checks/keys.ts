import type { Findings } from '../../../findings.ts';
import { partsOf } from '../../../parts-of.ts';
import { textOf } from '../json-fields.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { below } from './place.ts';

interface KeyOwner {
  readonly key: string;
  readonly id: string;
  readonly pointer: string;
  readonly isInput: boolean;
}

/** Value-keys: each used, none hidden in another, none with two owners that can both have a value. */
export function checkKeys(reading: BoutiquesReading, findings: Findings): void {
  const owners = keyOwners(reading);
  for (const owner of owners.filter(({ key }) => key === ''))
    findings.add({
      code: 'boutiques.key-empty',
      pointer: owner.pointer,
      value: '',
      message: `The value-key of \`${owner.id}\` is empty, so there is no place for its value.`,
      mend: `Give it a key such as \`[${/^\w+$/.test(owner.id) ? owner.id.toUpperCase() : 'KEY'}]\`, or remove it.`,
    });
  const named = owners.filter(({ key }) => key !== '');
  checkUse(reading, named, findings);
  checkContainment(named, findings);
  checkSharing(reading, named, findings);
}

function keyOwners({ inputs, outputFiles }: BoutiquesReading): readonly KeyOwner[] {
  return [
    ...inputs.map((placed) => ({ ...placed, isInput: true })),
    ...outputFiles.map((placed) => ({ ...placed, isInput: false })),
  ].flatMap(({ part, json, pointer, isInput }) => {
    const key = textOf(json, 'value-key');
    return key === undefined
      ? []
      : [{ key, id: part.id, pointer: below(pointer, 'value-key'), isInput }];
  });
}

/** Every text in which a value-key is replaced. */
function templatesOf({ descriptor }: BoutiquesReading): readonly string[] {
  return [
    descriptor.commandLine,
    ...descriptor.outputFiles.flatMap(({ pathTemplate, conditionalPathTemplate, fileTemplate }) => [
      ...(pathTemplate === undefined ? [] : [pathTemplate]),
      ...(conditionalPathTemplate ?? []).flatMap(({ condition, template }) => [
        condition,
        template,
      ]),
      ...(fileTemplate ?? []),
    ]),
    ...descriptor.environmentVariables.map(({ value }) => value),
  ];
}

function checkUse(
  reading: BoutiquesReading,
  owners: readonly KeyOwner[],
  findings: Findings,
): void {
  const templates = templatesOf(reading);
  for (const { key, id, pointer, isInput } of owners) {
    if (templates.some((template) => template.includes(key))) continue;
    findings.add({
      code: 'boutiques.key-unused',
      pointer,
      value: key,
      message: `The value-key \`${key}\` of \`${id}\` occurs in no template, so ${isInput ? 'its value never reaches the app' : 'the app is never told this path'}.`,
      mend: isInput
        ? 'Put it into the `command-line`; an input that the app needs only as a file beside others has no value-key.'
        : 'Put it into the `command-line`, or remove the value-key: the path-template alone says where the output is.',
    });
  }
}

function checkContainment(owners: readonly KeyOwner[], findings: Findings): void {
  const parts = partsOf(owners.map(({ key }) => key));
  for (const { key, id, pointer } of owners) {
    const hidden = parts.get(key)?.[0];
    if (hidden === undefined) continue;
    findings.add({
      code: 'boutiques.key-contains-key',
      pointer,
      value: key,
      message: `The value-key \`${key}\` of \`${id}\` contains the value-key \`${hidden}\`; which of the two is meant depends on the tool.`,
      mend: 'Put each key in brackets of its own: `[A]` and `[AB]` do not contain each other.',
    });
  }
}

/**
 * Only inputs of which at most one can have a value may share a key. An output-file that shares one
 * does no harm, but its own path is never put there.
 */
function checkSharing(
  reading: BoutiquesReading,
  owners: readonly KeyOwner[],
  findings: Findings,
): void {
  for (const [key, sharing] of Map.groupBy(owners, (owner) => owner.key)) {
    checkOutputsSharing(key, sharing, findings);
    const clash = firstClash(
      reading,
      sharing.filter(({ isInput }) => isInput),
    );
    if (clash === undefined) continue;
    const [first, second] = clash;
    findings.add({
      code: 'boutiques.key-shared',
      pointer: second.pointer,
      value: key,
      message: `\`${first.id}\` and \`${second.id}\` have the same value-key \`${key}\`, but nothing keeps both from having a value.`,
      mend: 'Give each its own key, or put them into one group with `mutually-exclusive`.',
    });
  }
}

/** Inputs are listed before output-files, so the first owner is the one whose value is put in. */
function checkOutputsSharing(
  key: string,
  [first, ...others]: readonly KeyOwner[],
  findings: Findings,
): void {
  for (const output of others) {
    if (first === undefined || output.isInput || output.id === first.id) continue;
    findings.add({
      code: 'boutiques.output-key-shared',
      pointer: output.pointer,
      value: key,
      message: `The output-file \`${output.id}\` has the value-key \`${key}\` of the ${first.isInput ? `input \`${first.id}\`` : `output-file \`${first.id}\``}, whose ${first.isInput ? 'value' : 'path'} is put wherever the key stands; the path of \`${output.id}\` never is.`,
      mend: 'Remove this value-key, if the path-template says where the output is; else give it a key of its own.',
    });
  }
}

/** Two inputs with different ids that can both have a value; two with one id are told by the check of ids. */
function firstClash(
  reading: BoutiquesReading,
  sharing: readonly KeyOwner[],
): readonly [KeyOwner, KeyOwner] | undefined {
  for (const [index, second] of sharing.entries())
    for (const first of sharing.slice(0, index))
      if (first.id !== second.id && !excludeEachOther(reading, first, second))
        return [first, second];
  return undefined;
}

function excludeEachOther({ descriptor }: BoutiquesReading, a: KeyOwner, b: KeyOwner): boolean {
  const disables = (one: string, other: string): boolean =>
    descriptor.inputs.some(
      ({ id, disablesInputs }) => id === one && disablesInputs?.includes(other) === true,
    );
  return (
    descriptor.groups.some(
      ({ members, mutuallyExclusive }) =>
        mutuallyExclusive && members.includes(a.id) && members.includes(b.id),
    ) ||
    disables(a.id, b.id) ||
    disables(b.id, a.id)
  );
}
