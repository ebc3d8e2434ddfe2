import { LIMITS } from '../base/limits.ts';
import type { CreatedFacts } from '../runner/index.ts';

/** By its text, what was parsed lately, the newest last. */
const parsed = new Map<string, CreatedFacts>();

/**
 * What a stored `created` event says. It is read with each change of its run, holds the descriptor's text,
 * and never changes: while a run is active it is parsed once. Throws `SyntaxError`.
 */
export function createdFacts(text: string): CreatedFacts {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const { type: _type, ...created } = JSON.parse(text) as CreatedFacts & { type: 'created' };
  if (text.length > LIMITS.createdFactsKeptCharsMax) return created;
  parsed.set(text, created);
  for (const oldest of parsed.keys()) {
    if (parsed.size <= LIMITS.createdFactsKeptMax) break;
    parsed.delete(oldest);
  }
  return created;
}
