import { parameterOf, type HelpEntry } from './argparse-parameter.ts';
import { Ids, type DraftGroup, type DraftParameter } from './parameter.ts';
import { readUsage, usageNodes, type Usage } from './argparse-usage.ts';

/** What the `--help` of a script tells of it. */
export interface ArgparseHelp {
  /** As in the usage line: `run.py`. */
  readonly program?: string;
  readonly description?: string;
  /** Those that go by their place first, then those with flags: so a list cannot swallow a place. */
  readonly parameters: readonly DraftParameter[];
  readonly groups: readonly DraftGroup[];
  /** What could not be told from the text, as sentences. */
  readonly notes: readonly string[];
}

/**
 * Reads what a Python argparse script prints for `--help`: flags, places, choices in braces, defaults
 * as `(default: x)`, what is required and what excludes what. Never throws; of a text that is no such
 * help there are no parameters.
 */
export function readArgparseHelp(text: string): ArgparseHelp {
  const lines = withoutColours(text)
    .replaceAll('\t', '        ')
    .split(/\r\n|\r|\n/);
  const usageLines = usageOf(lines);
  const entries = entriesOf(lines.slice(usageLines.end));
  const options = entries.filter(({ flags }) => flags.length > 0);
  const usage = readUsage(usageLines.text, {
    arity: new Map(
      options.flatMap(({ flags, values }) => flags.map((flag) => [flag, values.length] as const)),
    ),
    positionals: new Set(
      entries
        .filter(({ flags }) => flags.length === 0)
        .map(({ invocation }) => firstWord(invocation)),
    ),
  });
  const ids = new Ids();
  const places = placesOf(usage, entries);
  const flagged = options.filter((entry) => !isHelp(entry) && isTold(entry, usage));
  const drafted = [...places, ...flagged].map((entry) => ({
    entry,
    parameter: parameterOf(entry, requiredness(entry, usage), ids),
  }));
  const description = descriptionOf(lines.slice(usageLines.end));
  return {
    ...(usage.program === '' ? {} : { program: usage.program }),
    ...(description === '' ? {} : { description }),
    parameters: drafted.map(({ parameter }) => parameter),
    groups: groupsOf(usage, drafted),
    notes: notesOf(usage, places),
  };
}

// eslint-disable-next-line no-control-regex -- what newer Pythons colour their help with
const withoutColours = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m/g, '');

const firstWord = (text: string): string => /^\{[^}]*\}|^\S+/.exec(text)?.[0] ?? '';

/** The usage in one line, and where it ends. */
function usageOf(lines: readonly string[]): { readonly text: string; readonly end: number } {
  const start = lines.findIndex((line) => /^usage:/i.test(line));
  if (start < 0) return { text: '', end: 0 };
  const length = lines.slice(start).findIndex((line) => line.trim() === '');
  const end = length < 0 ? lines.length : start + length;
  return {
    text: lines
      .slice(start, end)
      .join(' ')
      .replace(/^usage:/i, ''),
    end,
  };
}

const HEADING = /^\S.*:\s*$/;
const ENTRY = /^ {2}(\S.*?)(?: {2,}(\S.*))?$/;
const FLAG = /^-{1,2}[A-Za-z0-9]/;

/** The entries of all sections: an argument at two spaces, its help behind it and below it. */
function entriesOf(lines: readonly string[]): HelpEntry[] {
  const entries: { invocation: string; help: string[]; section: string }[] = [];
  let section = '';
  let open = false;
  for (const line of lines) {
    if (line.trim() === '') {
      open = false;
      continue;
    }
    if (HEADING.test(line)) section = line.trim();
    const entry = ENTRY.exec(line);
    const [, invocation = '', help = ''] = entry ?? [];
    const isEntry = FLAG.test(invocation) || /^positional arguments:/i.test(section);
    if (entry !== null && section !== '' && isEntry) {
      entries.push({ invocation, help: [help], section });
      open = true;
    } else if (open && /^ {3,}/.test(line)) entries.at(-1)?.help.push(line.trim());
    else open = false;
  }
  const seen = new Set<string>();
  return entries
    .map(({ invocation, help, section: heading }) => ({
      invocation,
      help: help.join(' ').trim(),
      section: heading,
      ...flagsAndValues(invocation),
    }))
    .filter(({ flags: [flag] }) => flag === undefined || (!seen.has(flag) && seen.add(flag)));
}

/** `-s SIZE, --size SIZE` → its flags, and the pieces that stand for its value. */
function flagsAndValues(invocation: string): Pick<HelpEntry, 'flags' | 'values'> {
  if (!FLAG.test(invocation)) return { flags: [], values: [] };
  const parts = invocation.split(/,\s+(?=-)/);
  const flags = parts.map(firstWord);
  const values = parts.map((part, index) => usageNodes(part.slice(flags[index]?.length)));
  return { flags, values: values.findLast((nodes) => nodes.length > 0) ?? [] };
}

const isHelp = ({ flags, help, values }: HelpEntry): boolean =>
  values.length === 0 &&
  (flags.includes('--help') ||
    /^show (this help message|program's version number) and exit$/.test(help));

/** A usage line that names flags names all; others are of a description or an example. */
const isTold = ({ flags }: HelpEntry, { requiredFlags, optionalFlags }: Usage): boolean =>
  requiredFlags.size + optionalFlags.size === 0 ||
  flags.some((flag) => requiredFlags.has(flag) || optionalFlags.has(flag));

/** Places in the order of the usage line; the sections tell what they are. */
function placesOf({ positionals }: Usage, entries: readonly HelpEntry[]): HelpEntry[] {
  return positionals.map(({ name, list }) => {
    const entry = entries.find(
      ({ flags, invocation }) => flags.length === 0 && firstWord(invocation) === name,
    );
    return {
      invocation: name,
      help: entry?.help ?? '',
      section: '',
      flags: [],
      values: usageNodes(list ? `${name} [${name} ...]` : name),
    };
  });
}

function requiredness({ flags, invocation, section, help }: HelpEntry, usage: Usage): boolean {
  if (flags.length === 0)
    return usage.positionals.find(({ name }) => name === invocation)?.required ?? true;
  if (flags.some((flag) => usage.requiredFlags.has(flag))) return true;
  if (flags.some((flag) => usage.optionalFlags.has(flag))) return false;
  // The usage line only says "[options]": what people write in its place.
  return /^required\b/i.test(section) || /[([]required[)\]]/i.test(help);
}

interface Drafted {
  readonly entry: HelpEntry;
  readonly parameter: DraftParameter;
}

function groupsOf({ exclusive }: Usage, drafted: readonly Drafted[]): DraftGroup[] {
  return exclusive.flatMap(({ flags, required }) => {
    const members = flags.flatMap(
      (flag) => drafted.find(({ entry }) => entry.flags.includes(flag))?.parameter.id ?? [],
    );
    // `--flag | --no-flag` is one parameter.
    const distinct = [...new Set(members)];
    return distinct.length > 1 ? [{ members: distinct, oneIsRequired: required }] : [];
  });
}

/** What stands between the usage and the first heading. */
function descriptionOf(lines: readonly string[]): string {
  const end = lines.findIndex((line) => HEADING.test(line));
  const before = end < 0 ? [] : lines.slice(0, end);
  return before.join(' ').replaceAll(/\s+/g, ' ').trim();
}

function notesOf({ program }: Usage, places: readonly HelpEntry[]): string[] {
  const commands = places.find(({ invocation }) => invocation.startsWith('{'));
  return [
    ...(program === '' ? ['The text has no usage line: is it what --help prints?'] : []),
    ...(commands === undefined
      ? []
      : [
          `${commands.invocation} may be sub-commands; each has a --help, and is best a descriptor, of its own.`,
        ]),
  ];
}
