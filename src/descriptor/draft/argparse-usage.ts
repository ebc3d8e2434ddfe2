/** A piece of a usage line: a word, or brackets with their alternatives. */
export type UsageNode =
  | { readonly kind: 'word'; readonly text: string }
  | {
      readonly kind: 'brackets';
      readonly open: '[' | '(';
      readonly alternatives: readonly (readonly UsageNode[])[];
    };

/** A value that goes by its place. */
export interface Positional {
  /** As in the usage line: a name, or choices in braces. */
  readonly name: string;
  readonly required: boolean;
  readonly list: boolean;
}

/** What a usage line says about flags and places. */
export interface Usage {
  readonly program: string;
  readonly requiredFlags: ReadonlySet<string>;
  readonly optionalFlags: ReadonlySet<string>;
  readonly positionals: readonly Positional[];
  readonly exclusive: readonly { readonly flags: readonly string[]; readonly required: boolean }[];
}

const TOKEN = /\{[^}]*\}|[[\]()|]|[^\s[\]()|{}]+/g;

/** `[--a A | --b B] x [x ...]` as a tree. Brackets that do not fit one another are passed over. */
export function usageNodes(text: string): UsageNode[] {
  const stack: { open: '[' | '('; alternatives: UsageNode[][] }[] = [
    { open: '[', alternatives: [[]] },
  ];
  const last = (): UsageNode[] => stack.at(-1)?.alternatives.at(-1) ?? [];
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '[' || token === '(') stack.push({ open: token, alternatives: [[]] });
    else if (token === ']' || token === ')') {
      const closed = stack.length > 1 ? stack.pop() : undefined;
      if (closed !== undefined) last().push({ kind: 'brackets', ...closed });
    } else if (token === '|') stack.at(-1)?.alternatives.push([]);
    else last().push({ kind: 'word', text: token });
  }
  return stack[0]?.alternatives.flat() ?? [];
}

/** What the walk needs to know of the sections below the usage line. */
export interface KnownArguments {
  /** How many pieces of the usage line follow each flag. */
  readonly arity: ReadonlyMap<string, number>;
  /** First words of the positional entries. */
  readonly positionals: ReadonlySet<string>;
}

/** Reads the text behind `usage:`, in one line. */
export function readUsage(text: string, known: KnownArguments): Usage {
  const nodes = usageNodes(text);
  const start = programLength(nodes, known);
  const walk = new UsageWalk(known);
  walk.sequence(nodes.slice(start), true);
  const program = nodes.slice(0, start).map(textOf).join(' ');
  const { requiredFlags, optionalFlags, positionals, exclusive } = walk;
  return { program, requiredFlags, optionalFlags, positionals, exclusive };
}

/** The program's name is the first word, and those after it that are no argument (`tool train`). */
function programLength(nodes: readonly UsageNode[], { positionals }: KnownArguments): number {
  const isArgument = (node: UsageNode): boolean =>
    node.kind === 'brackets' || /^[-{]/.test(node.text) || positionals.has(node.text);
  const first = nodes[0]?.kind === 'word' ? nodes[0].text : '';
  // `python -m package`: the flag is Python's.
  const own = /^python[\d.]*$/.test(first) && textOf(nodes[1]) === '-m' ? 3 : 1;
  const end = nodes.findIndex((node, index) => index >= own && isArgument(node));
  return end < 0 ? nodes.length : end;
}

const textOf = (node: UsageNode | undefined): string => (node?.kind === 'word' ? node.text : '');

class UsageWalk {
  readonly requiredFlags = new Set<string>();
  readonly optionalFlags = new Set<string>();
  readonly positionals: Positional[] = [];
  readonly exclusive: { flags: string[]; required: boolean }[] = [];
  readonly #known: KnownArguments;

  constructor(known: KnownArguments) {
    this.#known = known;
  }

  /** Walks pieces that stand side by side. */
  sequence(nodes: readonly UsageNode[], required: boolean): void {
    let at = 0;
    while (at < nodes.length) {
      const node = nodes[at];
      at += 1;
      if (node === undefined) continue;
      if (node.kind === 'brackets') this.#brackets(node, required);
      else if (isFlag(node.text)) {
        (required ? this.requiredFlags : this.optionalFlags).add(node.text);
        at += this.#known.arity.get(node.text) ?? 0;
      } else if (node.text !== '...' && !this.#standsForFlags(node.text)) {
        const list = repeats(nodes[at], node.text);
        this.#positional({ name: node.text, required, list });
        if (list) at += 1;
      }
    }
  }

  #brackets({ open, alternatives }: UsageNode & { kind: 'brackets' }, required: boolean): void {
    if (alternatives.length === 1) {
      this.sequence(alternatives[0] ?? [], required && open === '(');
      return;
    }
    const flags = alternatives.flatMap(([first]) =>
      first?.kind === 'word' && isFlag(first.text) ? [first.text] : [],
    );
    if (flags.length > 1) this.exclusive.push({ flags, required: required && open === '(' });
    for (const alternative of alternatives) this.sequence(alternative, false);
  }

  /** `run.py [options] image`, as authors write it themselves. */
  #standsForFlags(word: string): boolean {
    return /^(?:options?|flags)$/i.test(word) && !this.#known.positionals.has(word);
  }

  #positional(positional: Positional): void {
    const same = this.positionals.some(({ name }) => name === positional.name);
    if (!same) this.positionals.push(positional);
  }
}

const isFlag = (word: string): boolean => /^-{1,2}[A-Za-z0-9]/.test(word);

/** `...`, or `[x ...]` behind `x`. */
function repeats(next: UsageNode | undefined, name: string): boolean {
  if (next === undefined) return false;
  if (next.kind === 'word') return next.text === '...' && !name.startsWith('{');
  const words = next.alternatives.flat().map(textOf);
  return words[0] === name || words[0] === '...';
}
