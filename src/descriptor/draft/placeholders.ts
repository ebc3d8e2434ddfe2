import { nameOf, type Draft, type DraftParameter } from './parameter.ts';

/** What a command's own placeholders say of the app. */
export interface WithPlaceholders {
  readonly draft: Draft;
  /** Sentences: what was only guessed. */
  readonly notes: readonly string[];
}

const PLACEHOLDER = /(?<redirected>>\s*["']?)?\[(?<name>[A-Z][A-Z0-9_]*)\]/g;
const OUTPUT = /^OUT(?:PUT)?(?:S|DIR|FILE|FOLDER)?(?![A-Z])/;
const FILE = /(?:^|_)(?:IN|INPUT|FILE|IMAGE|IMG|MASK|SLIDE|PATH)S?\d*(?:_|$)/;

/**
 * A draft with a parameter for each placeholder, such as `[INPUT]`, that its command holds and no
 * parameter has. What is written to, or is called an output, is an output at a path of ours.
 */
export function withPlaceholders(draft: Draft): WithPlaceholders {
  const known = new Set(draft.parameters.map(({ id }) => id.toUpperCase()));
  const found = new Map<string, boolean>();
  for (const { groups } of draft.command.matchAll(PLACEHOLDER)) {
    const name = groups?.['name'] ?? '';
    const isWritten = groups?.['redirected'] !== undefined || OUTPUT.test(name);
    if (!known.has(name)) found.set(name, isWritten || found.get(name) === true);
  }
  const outputs = [...found].filter(([, isWritten]) => isWritten).map(([name]) => name);
  const stem =
    draft.name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[-.]+|-+$/g, '') || 'out';
  const parameters = [...found.keys()].map((name): DraftParameter => {
    const id = name.toLowerCase();
    if (!outputs.includes(name))
      return { id, name: nameOf(id), kind: FILE.test(name) ? 'file' : 'text', required: true };
    const writtenTo = `${outputs.length === 1 ? stem : `${stem}-${id}`}.txt`;
    return { id, name: nameOf(id), kind: 'output', required: true, writtenTo };
  });
  if (parameters.length === 0) return { draft, notes: [] };
  return {
    draft: { ...draft, parameters: [...draft.parameters, ...parameters] },
    notes: [`Guessed from the command: ${parameters.map(guess).join('; ')}. Mend what is not so.`],
  };
}

const guess = ({ id, kind, writtenTo }: DraftParameter): string =>
  writtenTo === undefined
    ? `[${id.toUpperCase()}] is a ${kind}`
    : `[${id.toUpperCase()}] is an output, at ${writtenTo}`;
