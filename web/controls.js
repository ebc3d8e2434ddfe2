import { controlFault, itemsOf, lengthFault, numberOf } from './field-values.js';
import { element } from './element.js';

/**
 * What the values of one input are entered with.
 *
 * @typedef {object} Control
 * @property {any} node
 * @property {any[]} marked what is marked when its value is at fault; the first is gone to
 * @property {boolean} [isGroup] several elements under one name
 * @property {() => unknown} read undefined: nothing given, or the default left as it is
 * @property {() => string | undefined} fault
 * @property {(value: any) => void} set
 */

const isNumbers = (kind) => /numbers?\b|object ids?/.test(kind);
const plain = (value) => (typeof value === 'object' && value !== null ? value.text : value);

/** @returns {Control} */
export function controlOf(input, schema, id) {
  const { kind, choices = [] } = input;
  const isList = kind.startsWith('list of');
  if (kind === 'switch' || (kind === 'true or false' && input.default !== undefined))
    return checkbox(input, id);
  if (kind === 'true or false') return select({ ...input, choices: ['true', 'false'] }, id);
  if (choices.length > 0) return isList ? checkboxes(input, schema, id) : select(input, id);
  return isList ? lines(input, schema, id) : line(input, schema, id);
}

/** A switch: sent where it is another than the default. */
function checkbox({ default: initial, required }, id) {
  const before = String(initial).toLowerCase() === 'true';
  const node = element('input', { id, type: 'checkbox', checked: before });
  return {
    node,
    marked: [node],
    read: () => (node.checked === before && !required ? undefined : node.checked),
    fault: () => undefined,
    set: (value) => (node.checked = value === true),
  };
}

function select({ choices, default: initial, required, kind }, id) {
  const isKnown = choices.includes(initial);
  const empty = required ? 'choose …' : initial === undefined ? 'not given' : `default: ${initial}`;
  const node = element(
    'select',
    { id, required },
    !isKnown && element('option', { value: '' }, empty),
    ...choices.map((choice) =>
      element('option', { value: choice, selected: choice === initial }, choice),
    ),
  );
  const before = node.value;
  const typed = (text) =>
    kind === 'true or false' ? text === 'true' : isNumbers(kind) ? numberOf(text) : text;
  return {
    node,
    marked: [node],
    read: () => (node.value === before ? undefined : typed(node.value)),
    fault: () => (node.validity.valueMissing ? 'One of these is needed.' : undefined),
    set: (value) => (node.value = String(plain(value))),
  };
}

function checkboxes({ choices, kind, required }, schema, id) {
  const initial = (schema.default ?? []).map(String);
  const boxes = choices.map((choice, at) =>
    element('input', {
      id: `${id}-${at}`,
      type: 'checkbox',
      value: choice,
      checked: initial.includes(choice),
    }),
  );
  const chosen = () => boxes.filter(({ checked }) => checked).map(({ value }) => value);
  const first = JSON.stringify(chosen());
  return {
    node: element(
      'div',
      { class: 'choices' },
      ...boxes.map((box) => element('label', {}, box, box.value)),
    ),
    marked: boxes,
    isGroup: true,
    read: () => {
      const values = chosen();
      if (JSON.stringify(values) === first) return undefined;
      return isNumbers(kind) ? values.map(numberOf) : values;
    },
    fault: () =>
      required || chosen().length > 0
        ? lengthFault(chosen().length, required ? { minItems: 1, ...schema } : schema)
        : undefined,
    set: (values) => {
      for (const box of boxes) box.checked = values.map(plain).map(String).includes(box.value);
    },
  };
}

/** A list without choices: a line for each item. */
function lines({ kind, required }, schema, id) {
  const list = schema.anyOf?.[0] ?? schema;
  const initial = Array.isArray(schema.default) ? schema.default.join('\n') : '';
  const node = element('textarea', { id, required, rows: 3 });
  node.value = initial;
  const read = () =>
    node.value === initial || node.value.trim() === ''
      ? undefined
      : itemsOf(node.value, isNumbers(kind));
  return {
    node,
    marked: [node],
    read,
    fault: () =>
      required && node.value.trim() === ''
        ? 'A value is needed: one on each line.'
        : lengthFault(read()?.length, list),
    set: (values) => (node.value = values.map(plain).join('\n')),
  };
}

function line({ kind, range, required, default: initial, secret }, schema, id) {
  const isNumber = kind.endsWith('number');
  const { minimum, maximum, type } = schema;
  const isWhole = type === 'integer' && Number.isInteger(minimum ?? 0);
  const node = element(secret || !initial?.includes('\n') ? 'input' : 'textarea', {
    id,
    required,
    ...(isNumber
      ? { type: 'number', min: minimum, max: maximum, step: isWhole ? 1 : 'any' }
      : { type: secret ? 'password' : 'text', autocomplete: 'off' }),
  });
  if (!secret && initial !== undefined) node.value = initial;
  const before = node.value;
  return {
    node,
    marked: [node],
    read: () => {
      const { value } = node;
      if (value === before || value === '') return undefined;
      return isNumbers(kind) ? numberOf(value) : value;
    },
    fault: () => controlFault(node, range ?? `a ${kind}`, isNumber ? schema : {}),
    set: (value) => (node.value = String(plain(value))),
  };
}
