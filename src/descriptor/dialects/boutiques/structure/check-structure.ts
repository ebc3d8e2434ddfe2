import type { Findings } from '../../../findings.ts';
import { pointerOf } from '../../../json/pointer.ts';
import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  kindOf,
  type JsonArray,
  type JsonKind,
  type JsonObject,
  type JsonValue,
} from '../../../json/value.ts';
import { nearestName } from '../../../nearest.ts';
import { canonicalText } from './canonical-text.ts';
import { checkNumber, checkText, wanted, wrongKind } from './check-scalar.ts';
import { capital, ownerOf, subject, type Place } from './place.ts';
import type { ListShape, ObjectShape, Shape } from './shape.ts';

/**
 * Holds a value against a shape and notes every difference, with the whole rest of the value
 * checked too. A value of the wrong kind is not looked into.
 */
export function checkShape(value: JsonValue, shape: Shape, place: Place, findings: Findings): void {
  switch (shape.kind) {
    case 'any':
      return;
    case 'truth':
      if (typeof value !== 'boolean') wrongKind(value, wanted('boolean'), place, findings);
      return;
    case 'text':
      if (typeof value === 'string') checkText(value, shape, place, findings);
      else wrongKind(value, wanted('string'), place, findings);
      return;
    case 'number':
      if (isJsonNumber(value)) checkNumber(value, shape, place, findings);
      else wrongKind(value, wanted('number'), place, findings);
      return;
    case 'list':
      if (isJsonArray(value)) checkList(value, shape, place, findings);
      else wrongKind(value, wanted('array'), place, findings);
      return;
    case 'object':
      if (isJsonObject(value)) checkObject(value, shape, place, findings);
      else wrongKind(value, wanted('object'), place, findings);
      return;
    case 'either':
      checkEither(value, shape, place, findings);
      return;
    default:
      shape satisfies never;
  }
}

const JSON_KIND: Record<Exclude<Shape['kind'], 'any' | 'either'>, JsonKind> = {
  truth: 'boolean',
  text: 'string',
  number: 'number',
  list: 'array',
  object: 'object',
};

function checkEither(
  value: JsonValue,
  shape: Extract<Shape, { kind: 'either' }>,
  place: Place,
  findings: Findings,
): void {
  const kind = kindOf(value);
  const fitting = shape.of.find(
    (one) => one.kind !== 'any' && one.kind !== 'either' && JSON_KIND[one.kind] === kind,
  );
  if (fitting === undefined) wrongKind(value, { says: shape.says }, place, findings);
  else checkShape(value, fitting, place, findings);
}

function checkList(value: JsonArray, shape: ListShape, place: Place, findings: Findings): void {
  const { pointer, owner } = place;
  if (shape.filled === true && value.length === 0)
    findings.add({
      code: 'boutiques.list-empty',
      pointer,
      message: `${subject(place)} is an empty list; schema 0.5 wants at least one item.`,
      mend: 'Add an item, or remove the key if it may be absent.',
    });
  value.forEach((item, index) => {
    checkShape(item, shape.of, { pointer: pointer + pointerOf(index), owner }, findings);
  });
  if (shape.unique === true) checkUnique(value, place, findings);
}

/** Items that are the same in every key; two with one id only are told by the check of ids. */
function checkUnique(value: JsonArray, place: Place, findings: Findings): void {
  const firstOf = new Map<string, number>();
  value.forEach((item, index) => {
    const text = canonicalText(item);
    const first = firstOf.get(text);
    if (first === undefined) {
      firstOf.set(text, index);
      return;
    }
    findings.add({
      code: 'boutiques.item-repeated',
      pointer: place.pointer + pointerOf(index),
      message: `Items ${first + 1} and ${index + 1} of ${subject(place)} are the same.`,
      mend: 'Remove one of them.',
    });
  });
}

function checkObject(
  value: JsonObject,
  shape: ObjectShape,
  place: Place,
  findings: Findings,
): void {
  const owner = ownerOf(value, shape, place);
  const at = (key: string): Place => ({
    pointer: place.pointer + pointerOf(key),
    owner,
  });
  for (const [key, member] of value) {
    const memberShape = Object.hasOwn(shape.keys, key) ? shape.keys[key] : shape.others;
    if (memberShape === undefined) unknownKey(key, shape, at(key), findings);
    else checkShape(member, memberShape, at(key), findings);
  }
  for (const key of shape.required.filter((one) => !value.has(one)))
    findings.add({
      code: 'boutiques.key-missing',
      pointer: at(key).pointer,
      message: `${capital(owner === place.owner ? shape.noun.replace(/^an? /, 'the ') : owner)} has no \`${key}\`; schema 0.5 wants one.`,
      mend: mendMissing(key, shape),
    });
  for (const rule of shape.rules ?? []) {
    const key = rule.broken(value);
    if (key === undefined) continue;
    findings.add({
      code: rule.code,
      pointer: at(key).pointer,
      ...(value.has(key) ? { at: 'key' } : {}),
      message: capital(rule.says({ key, keys: value, owner })),
      mend: rule.mend,
    });
  }
}

function unknownKey(key: string, shape: ObjectShape, place: Place, findings: Findings): void {
  const keys = Object.keys(shape.keys);
  const nearest = nearestName(key, keys) ?? unabbreviated(key, keys);
  const holder = place.owner === '' ? shape.noun.replace(/^an? /, 'the ') : place.owner;
  findings.add({
    code: 'boutiques.key-unknown',
    pointer: place.pointer,
    at: 'key',
    value: key,
    message: `${capital(holder)} has a key \`${key}\`, which schema 0.5 does not know there.`,
    nearest,
    mend:
      nearest === undefined
        ? 'Remove it; what is private to a platform belongs in the `custom` of the descriptor.'
        : `Write \`${nearest}\`, or move it into the \`custom\` of the descriptor.`,
  });
}

/** The shortest key that begins with what was written: `minimum` for `min`. Below three letters it says too little. */
const unabbreviated = (key: string, keys: readonly string[]): string | undefined =>
  key.length < 3
    ? undefined
    : keys
        .filter((known) => known.startsWith(key))
        .toSorted((left, right) => left.length - right.length)[0];

function mendMissing(key: string, shape: ObjectShape): string {
  const missing = shape.keys[key];
  if (missing?.kind !== 'text' || missing.oneOf === undefined) return `Add \`${key}\`.`;
  const [first = ''] = missing.oneOf;
  return `Add \`"${key}": "${first}"\`${missing.oneOf.length > 1 ? `, or another of ${missing.oneOf.join(', ')}` : ''}.`;
}
