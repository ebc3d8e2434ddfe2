import { hintHere, localTime, STATE_WORDS, visible } from './words.js';

const SEEN = ['title', 'alt', 'aria-label'];

/**
 * Makes an element. Children are elements or text; text is never read as HTML, and never shown in another
 * order than it has.
 *
 * @param {string} name
 * @param {Record<string, unknown>} [attributes] functions are event listeners; null and false are left out
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {any}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(key, SEEN.includes(key) ? visible(String(value)) : String(value));
  }
  made.append(
    ...children
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : visible(String(child)))),
  );
  return made;
}

/**
 * Shows other children in an element, if they are other ones. Who stands on one of the old with the
 * keyboard stands on the same among the new.
 *
 * @param {any} parent
 * @param {...(Node | null | undefined | false)} children
 */
export function renew(parent, ...children) {
  const next = element('div', {}, ...children);
  if (next.innerHTML === parent.innerHTML) return;
  const focused = parent.contains(document.activeElement) ? nameOf(document.activeElement) : '';
  parent.replaceChildren(...next.childNodes);
  if (focused !== '')
    [...parent.querySelectorAll('a, button, input, select')]
      .find((one) => nameOf(one) === focused)
      ?.focus({ preventScroll: true });
}

const nameOf = (one) =>
  [one.tagName, one.getAttribute('href'), one.getAttribute('aria-label') ?? one.textContent].join(
    ' ',
  );

/**
 * A table with a caption for those who do not see it. One that is too wide is moved sideways. Roles are
 * said, because a list that is shown as cards loses them.
 */
export function table(caption, heads, rows, kind = '') {
  for (const one of rows)
    [...one.children].forEach((cell, at) => cell.setAttribute('data-head', heads[at] ?? ''));
  const head = element(
    'tr',
    { role: 'row' },
    ...heads.map((text) => element('th', { scope: 'col', role: 'columnheader' }, text)),
  );
  return element(
    'div',
    { class: 'sideways' },
    element(
      'table',
      { 'aria-label': caption, role: 'table', class: kind },
      element('thead', { role: 'rowgroup' }, head),
      element('tbody', { role: 'rowgroup' }, ...rows),
    ),
  );
}

/** A table of which each row is a card of its own where there is little room. */
export const list = (caption, heads, rows) => table(caption, heads, rows, 'list');

export const row = (...cells) =>
  element(
    'tr',
    { role: 'row' },
    ...cells.map((cell) => {
      const made = element('td', { role: 'cell' }, cell);
      // Only what has no place to break is broken anywhere: other words stay whole.
      if (/\S{25}/.test(made.textContent)) made.className = 'wide';
      return made;
    }),
  );

export const stateOf = (state) =>
  element('span', { class: `state ${state}`, title: STATE_WORDS[state] }, state);

/** How long ago, and exactly when for whoever points at it. */
export const timeOf = (at) => element('time', { datetime: at, title: localTime(at) }, ago(at));

/** What went wrong, and what to try. */
export const failureBox = ({ message, hint }) =>
  element(
    'div',
    { class: 'failure' },
    element('p', {}, message),
    hintHere(hint) && element('p', { class: 'dim' }, hintHere(hint)),
  );

/** `3 min ago`, or the day. */
function ago(at) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return at.slice(0, 10);
}

/** How long it was from one time to another. */
export function took(from, to) {
  const ms = Date.parse(to) - Date.parse(from);
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Bytes, as `fileSize` of src/base/file-size.ts has them. */
export function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let at = 0;
  let value = bytes;
  while (value >= 999.5 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${at === 0 ? value : value.toFixed(digits)} ${units[at]}`;
}

/** Tells those who do not look, and those who do for a while. */
export function tell(text) {
  const status = document.getElementById('status');
  const told = document.createTextNode(visible(text));
  status.replaceChildren(told);
  setTimeout(() => told.remove(), TOLD_MS);
}

const TOLD_MS = 8_000;
