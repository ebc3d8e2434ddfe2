import type { Findings } from '../../../findings.ts';
import { shown } from '../../../fields.ts';
import {
  isJsonArray,
  isJsonObject,
  KIND_NAMES,
  kindOf,
  type JsonValue,
} from '../../../json/value.ts';
import { nearestName } from '../../../nearest.ts';
import type { DescriptorInput, ScalarValue } from '../../../model.ts';
import { isList, itemTexts } from '../bindings.ts';
import { scalarDefault, soleItem, wordAmong } from '../default-value.ts';
import type { BoutiquesReading, Placed } from '../read-model.ts';
import { below } from './place.ts';
import { outOfRange } from '../range.ts';

/** Defaults: of the input's type, among its choices, within its range and its list bounds. */
export function checkDefaults({ inputs }: BoutiquesReading, findings: Findings): void {
  for (const placed of inputs) {
    const json = placed.json.get('default-value');
    if (json === undefined) continue;
    const pointer = below(placed.pointer, 'default-value');
    if (json === null) nullDefault(placed.part, pointer, findings);
    else if (isJsonObject(json) && json.size === 0) emptyDefault(placed.part, pointer, findings);
    else if (checkKind(placed, json, pointer, findings)) checkValue(placed.part, pointer, findings);
  }
}

function nullDefault({ id }: DescriptorInput, pointer: string, findings: Findings): void {
  findings.add({
    code: 'boutiques.default-null',
    pointer,
    message: `The default of \`${id}\` is null, which is the same as no default.`,
    mend: 'Remove the key.',
  });
}

/** Generators write the empty dictionary of the library they read: it stands for nothing. */
function emptyDefault({ id }: DescriptorInput, pointer: string, findings: Findings): void {
  findings.add({
    code: 'boutiques.default-empty',
    pointer,
    value: '{}',
    message: `The default of \`${id}\` is an empty object, which no input takes; it is passed over.`,
    mend: 'Remove the key: other tools refuse every invocation that relies on it.',
  });
}

/** Whether the default can be meant; a written form that has to be read kindly is told. */
function checkKind(
  { part, pointer: inputPointer }: Placed<DescriptorInput>,
  json: JsonValue,
  pointer: string,
  findings: Findings,
): boolean {
  if (part.list === undefined && isJsonArray(json)) {
    const sole = soleItem(json);
    findings.add({
      code: sole === undefined ? 'boutiques.default-type' : 'boutiques.default-a-list',
      pointer,
      message: `The default of \`${part.id}\` is a list, but the input takes a single value${sole === undefined ? '' : '; the one item of the list is taken'}.`,
      mend: 'Give one value without brackets, or add `"list": true`.',
    });
    if (sole === undefined) return false;
  }
  if (part.list !== undefined && !isJsonArray(json))
    findings.add({
      code: 'boutiques.default-not-a-list',
      pointer,
      value: shown(json),
      message: `The default of the list \`${part.id}\` is not a list; it is taken as a list of that one value.`,
      mend: 'Put it in square brackets: other tools refuse every invocation that relies on it.',
    });
  const items = isJsonArray(json) ? json : [json];
  return items
    .map((item, index) =>
      checkItemKind(
        part,
        item,
        isJsonArray(json) ? below(inputPointer, 'default-value', index) : pointer,
        findings,
      ),
    )
    .every(Boolean);
}

const WANTED: Record<string, string> = {
  Number: 'a number',
  Flag: 'true or false',
  String: 'a text',
  File: 'a path as a text',
};

function checkItemKind(
  part: DescriptorInput,
  item: JsonValue,
  pointer: string,
  findings: Findings,
): boolean {
  const meant = scalarDefault(item, part.type) ?? wordAmong(part.valueChoices, item);
  const wanted = WANTED[part.type] ?? '';
  if (meant === undefined) {
    findings.add({
      code: 'boutiques.default-type',
      pointer,
      value: shown(item),
      message: `\`${part.id}\` is a ${part.type}, but its default is ${typeof item === 'string' ? `the text "${item}"` : KIND_NAMES[kindOf(item)]}.`,
      mend: `Give ${wanted}, or remove the default.`,
    });
    return false;
  }
  if (typeof meant !== typeof item)
    findings.add({
      code: 'boutiques.default-kind',
      pointer,
      value: shown(item),
      message: `\`${part.id}\` is a ${part.type}, but its default is written as ${KIND_NAMES[kindOf(item)]}; it is taken as ${wanted}.`,
      mend:
        part.type === 'Number' || part.type === 'Flag'
          ? 'Remove the quotes: other tools refuse every invocation that relies on it.'
          : 'Put it in quotes: other tools refuse every invocation that relies on it.',
    });
  return true;
}

function checkValue(part: DescriptorInput, pointer: string, findings: Findings): void {
  const value = part.defaultValue;
  if (value === undefined) return;
  const items: readonly ScalarValue[] = isList(value) ? value : [value];
  items.forEach((item, index) => {
    checkItem(
      part,
      item,
      isList(value) && items.length > 1 ? below(pointer, index) : pointer,
      findings,
    );
  });
  const { entriesMin = 0, entriesMax = Infinity } = part.list ?? {};
  if (part.list !== undefined && (items.length < entriesMin || items.length > entriesMax))
    findings.add({
      code: 'boutiques.default-list-size',
      pointer,
      message: `The default of \`${part.id}\` has ${items.length} ${items.length === 1 ? 'item' : 'items'}; the list must have ${entriesMin === 0 ? '' : `at least ${entriesMin}`}${entriesMin > 0 && entriesMax < Infinity ? ' and ' : ''}${entriesMax === Infinity ? '' : `at most ${entriesMax}`}.`,
      mend: 'Give a default that can be used.',
    });
}

function checkItem(
  part: DescriptorInput,
  item: ScalarValue,
  pointer: string,
  findings: Findings,
): void {
  const [text = ''] = itemTexts(item);
  const choices = itemTexts(part.valueChoices ?? []);
  if (part.valueChoices !== undefined && choices.length > 0 && !choices.includes(text))
    findings.add({
      code: 'boutiques.default-not-a-choice',
      pointer,
      value: text,
      message: `The default \`${text}\` of \`${part.id}\` is none of its choices ${choices.join(', ')}.`,
      nearest: nearestName(text, choices),
      mend: 'Give one of the choices, or add it to `value-choices`.',
    });
  const broken = typeof item === 'object' ? outOfRange(part, item) : undefined;
  if (broken !== undefined)
    findings.add({
      code: 'boutiques.default-range',
      pointer,
      value: text,
      message: `The default ${text} of \`${part.id}\` is not allowed: it must be ${broken}.`,
      mend: 'Give a default that can be used, or widen the range.',
    });
}
