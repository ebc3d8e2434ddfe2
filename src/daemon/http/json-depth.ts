import { LIMITS } from '../../base/limits.ts';

/** Whether a JSON text nests deeper than any that is meant: walking it would exhaust the stack. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (isInString) {
      if (letter === '\\') at += 1;
      else if (letter === '"') isInString = false;
    } else if (letter === '"') isInString = true;
    else if (letter === '{' || letter === '[') {
      depth += 1;
      if (depth > LIMITS.jsonDepthMax) return true;
    } else if (letter === '}' || letter === ']') depth -= 1;
  }
  return false;
}
