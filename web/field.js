import { controlOf } from './controls.js';
import { element } from './element.js';
import { fileControl } from './file-control.js';

const isFile = (kind) => kind === 'file' || kind === 'list of files';

/**
 * One input of an app on the form: its label, control, what it takes, and what is wrong with its value.
 *
 * @param {any} input as the app is described
 * @param {any} schema of its value
 * @param {{ at: number, group?: string, served: any, send: any }} place
 */
export function fieldOf(input, schema, { at, group, served, send }) {
  const id = `field-${at}`;
  const control = isFile(input.kind)
    ? fileControl(input, schema, id, served, send)
    : controlOf(input, schema, id);
  const label = input.name ?? input.id;
  const about = element('p', { id: `${id}-about` }, aboutOf(input, group));
  return framed({
    id: input.id,
    label,
    code: input.id,
    required: input.required,
    control,
    about,
    fieldId: id,
  });
}

/** The same for a text that is no input of the app: a limit, a folder. */
export function textField({ id, label, about, at, control }) {
  const fieldId = `field-${at}`;
  const node = element('input', { id: fieldId, autocomplete: 'off' });
  const plain = {
    node,
    marked: [node],
    read: () => (node.value === '' ? undefined : node.value),
    fault: () => undefined,
    set: (value) => (node.value = value),
  };
  const said = element('p', { id: `${fieldId}-about` }, about);
  return framed({ id, label, control: control ?? plain, about: said, fieldId });
}

function framed({ id, label, code = label, required = false, control, about, fieldId }) {
  const told = element('p', { id: `${fieldId}-fault`, class: 'fault', hidden: true });
  const title = [
    label,
    required && element('span', { class: 'dim' }, ' (required)'),
    code !== label && ` `,
    code !== label && element('code', {}, code),
  ];
  const isCheckbox = control.node.type === 'checkbox';
  const node = control.isGroup
    ? element('fieldset', { class: 'field' }, element('legend', {}, ...title), control.node)
    : element('div', { class: isCheckbox ? 'field checked' : 'field' });
  if (!control.isGroup) {
    const caption = element('label', { for: fieldId }, ...title);
    node.append(...(isCheckbox ? [control.node, caption] : [caption, control.node]));
  }
  node.append(about, told);
  /** @param {string | undefined} fault none: what was told is taken back */
  const tell = (fault) => {
    told.hidden = fault === undefined;
    told.textContent = fault ?? '';
    for (const one of control.marked) {
      one.setAttribute(
        'aria-describedby',
        fault === undefined ? about.id : `${about.id} ${told.id}`,
      );
      if (fault === undefined) one.removeAttribute('aria-invalid');
      else one.setAttribute('aria-invalid', 'true');
    }
  };
  tell(undefined);
  node.addEventListener('input', () => tell(undefined));
  return { ...control, id, label, node, tell, focus: () => control.marked[0].focus() };
}

const NEEDS_NO_WORD = ['text', 'file', 'switch', 'true or false'];

/** What an input is for and what it takes, in one line each. */
function aboutOf({ description, range, kind, choices = [], default: initial, rules }, group) {
  const isTyped = choices.length === 0 && !isFile(kind);
  const isLines = kind.startsWith('list of') && isTyped;
  const isEmptied = isTyped && kind !== 'switch' && kind !== 'true or false';
  const takes = [
    range ?? (NEEDS_NO_WORD.includes(kind) || !(isTyped || kind.includes('list')) ? '' : kind),
    isLines && 'one on each line',
    initial && `default ${initial}${isEmptied ? ', also where left empty' : ''}`,
    // What a frame with the group's rule says already.
    ...rules.filter((rule) => rule !== `in the group ${group}`),
  ].filter(Boolean);
  return element(
    'span',
    {},
    description ?? '',
    description && takes.length > 0 && element('br'),
    takes.join(' · '),
  );
}
