/** One step of a JSON pointer, escaped as RFC 6901 section 3 asks. */
const escapeStep = (step: string | number): string =>
  typeof step === 'number' || !/[~/]/.test(step)
    ? String(step)
    : step.replaceAll('~', '~0').replaceAll('/', '~1');

/** The JSON pointer (RFC 6901) of a path: `['inputs', 2, 'type']` → `/inputs/2/type`. */
export const pointerOf = (...steps: readonly (string | number)[]): string =>
  steps.map((step) => `/${escapeStep(step)}`).join('');

/** The steps of a JSON pointer, unescaped. `` is the whole document and has none. */
export const stepsOf = (pointer: string): string[] =>
  pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
