const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * A number with the digits that were typed: `1.0` and ids of twenty digits are sent as they are, where the
 * browser can. What is no number stays text, for the server to say what is wrong with it.
 */
export function numberOf(text) {
  const plain = text.trim();
  if (!NUMBER.test(plain)) return Number.isFinite(Number(plain || NaN)) ? Number(plain) : text;
  return JSON.rawJSON === undefined ? Number(plain) : JSON.rawJSON(plain);
}

/** One item a line; of numbers commas part them too. Empty lines are none. */
export function itemsOf(text, isOfNumbers) {
  const items = text.split(isOfNumbers ? /[\s,]+/ : /\r?\n/).filter((item) => item.trim() !== '');
  return isOfNumbers ? items.map(numberOf) : items;
}

/**
 * What is wrong with what a control holds, in the page's words; undefined: nothing that can be seen here.
 *
 * @param {{ valueAsNumber?: number, validity: any }} control
 * @param {string} takes such as `a number from 0 to 1`
 * @param {Record<string, number>} bounds of the invocation's schema
 */
export function controlFault({ validity, valueAsNumber }, takes, bounds) {
  if (validity.valueMissing) return 'A value is needed.';
  if (validity.badInput) return `This is no number; it takes ${takes}.`;
  const isOnBound =
    valueAsNumber <= bounds.exclusiveMinimum || valueAsNumber >= bounds.exclusiveMaximum;
  return validity.valid && !isOnBound ? undefined : `It takes ${takes}.`;
}

/** The same of a list's length. */
export function lengthFault(length, { minItems, maxItems }) {
  if (length < minItems) return `At least ${minItems} are needed; here are ${length}.`;
  return length > maxItems ? `At most ${maxItems} are taken; here are ${length}.` : undefined;
}
