import type { Findings } from '../../../findings.ts';
import type { OutputFile } from '../../../model.ts';
import { isJsonObject } from '../../../json/value.ts';
import { itemsOf } from '../json-fields.ts';
import type { BoutiquesReading, Placed } from '../read-model.ts';
import { tokeniser } from '../template.ts';
import { below, enumerated } from './place.ts';

/** Output-files: paths of their own, conditional ones with a way out, none that needs itself. */
export function checkOutputs(reading: BoutiquesReading, findings: Findings): void {
  checkPaths(reading, findings);
  checkCycles(reading, findings);
  for (const placed of reading.outputFiles) {
    if (placed.part.conditionalPathTemplate !== undefined) checkDefaultPath(placed, findings);
    checkConditionalItems(placed, findings);
    checkStripOrder(placed, findings);
  }
}

function checkPaths({ outputFiles }: BoutiquesReading, findings: Findings): void {
  const firstOf = new Map<string, string>();
  for (const { part, pointer } of outputFiles) {
    if (part.pathTemplate === undefined) continue;
    const first = firstOf.get(part.pathTemplate);
    if (first === undefined) firstOf.set(part.pathTemplate, part.id);
    else
      findings.add({
        code: 'boutiques.path-repeated',
        pointer: below(pointer, 'path-template'),
        value: part.pathTemplate,
        message: `The output-files \`${first}\` and \`${part.id}\` have the same path-template, so they are the same file.`,
        mend: 'Give each its own path, or remove one of them.',
      });
  }
}

/** An output whose path is built from its own, directly or through others. */
function checkCycles({ descriptor, outputFiles }: BoutiquesReading, findings: Findings): void {
  const keysOfInputs = new Set(descriptor.inputs.map(({ valueKey }) => valueKey));
  // Of several with one key the first has it, hence the order.
  const byKey = new Map(
    descriptor.outputFiles
      .toReversed()
      .flatMap((output) =>
        output.valueKey === undefined || keysOfInputs.has(output.valueKey)
          ? []
          : [[output.valueKey, output] as const],
      ),
  );
  const cut = tokeniser(byKey.keys());
  const uses = (output: OutputFile): readonly OutputFile[] =>
    [
      output.pathTemplate ?? '',
      ...(output.conditionalPathTemplate ?? []).map((one) => one.template),
    ]
      .flatMap(cut)
      .flatMap((segment) => (segment.kind === 'key' ? (byKey.get(segment.key) ?? []) : []));
  for (const { part, pointer } of outputFiles) {
    const reached = new Set<OutputFile>();
    const waiting = [...uses(part)];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      waiting.push(...uses(next));
    }
    if (!reached.has(part)) continue;
    findings.add({
      code: 'boutiques.path-cycle',
      pointer: below(
        pointer,
        part.pathTemplate === undefined ? 'conditional-path-template' : 'path-template',
      ),
      value: part.pathTemplate,
      message: `The path of \`${part.id}\` is built from itself${byWayOf([...reached].filter((one) => one !== part))}.`,
      mend: 'Remove the value-key of an output from one of these templates.',
    });
  }
}

const byWayOf = (others: readonly OutputFile[]): string =>
  others.length === 0 ? '' : `, by way of ${enumerated(others.map(({ id }) => id))}`;

function checkDefaultPath({ part, json, pointer }: Placed<OutputFile>, findings: Findings): void {
  const place = below(pointer, 'conditional-path-template');
  const conditions = itemsOf(json, 'conditional-path-template').flatMap((item) =>
    isJsonObject(item) ? [...item.keys()].slice(0, 1) : [],
  );
  const first = conditions.indexOf('default');
  if (first < 0 && !part.optional)
    findings.add({
      code: 'boutiques.condition-default-missing',
      pointer: place,
      value: part.id,
      message: `The output \`${part.id}\` is not optional, but has no path when none of its conditions holds.`,
      mend: 'End the list with `{"default": "…"}`, or add `"optional": true`.',
    });
  if (!part.optional && first >= 0 && conditions.lastIndexOf('default') > first)
    findings.add({
      code: 'boutiques.condition-default-repeated',
      pointer: below(place, conditions.lastIndexOf('default')),
      value: part.id,
      message: `The output \`${part.id}\` has more than one \`default\` path.`,
      mend: 'Keep one, as the last item.',
    });
  else if (first >= 0 && first < conditions.length - 1)
    findings.add({
      code: 'boutiques.condition-unreachable',
      pointer: below(place, first + 1),
      value: conditions[first + 1],
      message: `What stands behind \`default\` in \`${part.id}\` is never looked at: the first that holds is taken.`,
      mend: 'Move `default` to the end.',
    });
}

function checkConditionalItems(
  { part, json, pointer }: Placed<OutputFile>,
  findings: Findings,
): void {
  itemsOf(json, 'conditional-path-template').forEach((item, index) => {
    if (!isJsonObject(item) || item.size === 1) return;
    const [first, second] = item.keys();
    findings.add({
      code: 'boutiques.condition-item-size',
      pointer: below(pointer, 'conditional-path-template', index),
      value: second,
      message:
        first === undefined
          ? `Item ${index + 1} of the conditional paths of \`${part.id}\` is empty.`
          : `Item ${index + 1} of the conditional paths of \`${part.id}\` holds ${item.size} conditions; only the first, \`${first}\`, is looked at.`,
      mend: 'Give each condition an object of its own: the order of the list is the order of the questions.',
    });
  });
}

/** The order of `.nii` and `.nii.gz` changes what Boutiques' own tool makes of a name. */
function checkStripOrder({ part, pointer }: Placed<OutputFile>, findings: Findings): void {
  const { strippedExtensions } = part;
  strippedExtensions.forEach((extension, index) => {
    const longer = strippedExtensions.findIndex(
      (other, at) =>
        at > index && other !== extension && extension !== '' && other.includes(extension),
    );
    if (longer < 0) return;
    findings.add({
      code: 'boutiques.strip-order',
      pointer: below(pointer, 'path-template-stripped-extensions', longer),
      value: strippedExtensions[longer],
      message: `\`${strippedExtensions[longer] ?? ''}\` stands behind \`${extension}\`, which is a part of it: bosh would leave the rest of it in the name. Here the longest that fits is taken.`,
      mend: 'List the longer one first.',
    });
  });
}
