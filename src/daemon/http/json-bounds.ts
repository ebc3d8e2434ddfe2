import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';

/**
 * What of a JSON text is more than any that is meant has, found by one look over its letters: to parse and
 * check such a text would keep all other clients waiting. Undefined: nothing. What is no JSON is the
 * parser's to tell.
 */
export function jsonFault(text: string): RunnerError | undefined {
  /** Keys so far of each object that is open; of a list 0. */
  const open: number[] = [];
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        values += 1;
        if (open.push(0) > LIMITS.jsonDepthMax)
          return new RunnerError(
            'request-invalid',
            `the body nests deeper than ${LIMITS.jsonDepthMax} levels`,
          );
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        open.pop();
        break;
      case COMMA:
        values += 1;
        break;
      case COLON: {
        const keys = (open.pop() ?? 0) + 1;
        if (keys > LIMITS.jsonKeysMax) return tooLarge(`${LIMITS.jsonKeysMax} keys in one object`);
        open.push(keys);
        break;
      }
      default:
    }
    if (values > LIMITS.jsonValuesMax) return tooLarge(`${LIMITS.jsonValuesMax} values`);
  }
  return undefined;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Where the quote stands that ends the string which begins here. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE)
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

const tooLarge = (bound: string): RunnerError =>
  new RunnerError('request-too-large', `the body has more than ${bound}`, {
    hint: 'Send less at once: a batch as several, data as an upload.',
  });
