import type { Findings } from '../../../findings.ts';
import type { Descriptor } from '../../../model.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { tokeniser } from '../template.ts';
import { below, enumerated } from './place.ts';

/** Required output-files whose path is made of a value that need not be given. */
export function checkPathValues(
  { descriptor, outputFiles }: BoutiquesReading,
  findings: Findings,
): void {
  const cut = tokeniser(
    [...descriptor.inputs, ...descriptor.outputFiles].flatMap(({ valueKey }) => valueKey ?? []),
  );
  const always = keysWithValue(descriptor);
  const mayLack = new Map(
    descriptor.inputs.flatMap(({ id, valueKey }) =>
      valueKey === undefined || always.has(valueKey) ? [] : [[valueKey, id]],
    ),
  );
  for (const { part, pointer } of outputFiles) {
    if (part.optional || part.pathTemplate === undefined || part.fileTemplate !== undefined)
      continue;
    const lacking = cut(part.pathTemplate).flatMap((segment) =>
      segment.kind === 'key' ? (mayLack.get(segment.key) ?? []) : [],
    );
    if (lacking.length === 0) continue;
    findings.add({
      code: 'boutiques.path-of-optional',
      pointer: below(pointer, 'path-template'),
      value: part.pathTemplate,
      message: `The output-file \`${part.id}\` is required, but its path is made of ${enumerated([...new Set(lacking)])}, which may be left out; then nobody knows its path, and it is not asked for.`,
      mend: 'Make the output-file optional, give the input a default-value, or use a conditional-path-template.',
    });
  }
}

/** The keys that have a value in every invocation: by an input of their own, or by a group of which one is required. */
function keysWithValue({ inputs, groups }: Descriptor): ReadonlySet<string> {
  const keyOf = new Map(inputs.map(({ id, valueKey }) => [id, valueKey]));
  const ofInputs = inputs
    .filter(({ optional, defaultValue }) => !optional || defaultValue !== undefined)
    .map(({ valueKey }) => valueKey);
  const ofGroups = groups
    .filter(({ oneIsRequired }) => oneIsRequired)
    .flatMap(({ members }) => {
      const keys = new Set(members.map((id) => keyOf.get(id)));
      return keys.size === 1 ? [...keys] : [];
    });
  return new Set([...ofInputs, ...ofGroups].filter((key) => key !== undefined));
}
