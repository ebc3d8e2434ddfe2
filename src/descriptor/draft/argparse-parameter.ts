import { isNumber, nameOf, type DraftParameter, type Ids } from './parameter.ts';
import type { UsageNode } from './argparse-usage.ts';

/** One entry of a section of a help text. */
export interface HelpEntry {
  /** As written: `-s SIZE, --size SIZE`, `image`, `{a,b}`. */
  readonly invocation: string;
  readonly help: string;
  /** The heading it stands under. */
  readonly section: string;
  /** None for what goes by its place. */
  readonly flags: readonly string[];
  /** What stands for the value; none for a switch. */
  readonly values: readonly UsageNode[];
}

const DEFAULT = /\s*[([]default(?:s to|\s*[:=])?\s*(.*?)[)\]](?=[\s.;,]*$|\s)/i;

/** What kind of value an entry asks for, as far as its text tells. */
export function parameterOf(entry: HelpEntry, required: boolean, ids: Ids): DraftParameter {
  const { flags, help } = entry;
  const given = defaultOf(help);
  const description = help.replace(DEFAULT, '').trim();
  const off = switchedOff(entry, given);
  const flag = off ?? flags.find((one) => one.startsWith('--')) ?? flags[0];
  const id = ids.make((flag ?? placeName(entry)).replace(/^-+/, ''));
  const base = {
    id,
    name: nameOf(id),
    ...(description === '' ? {} : { description }),
    ...(flag === undefined ? {} : { flag }),
  };
  if (entry.values.length === 0) return { ...base, kind: 'switch', required: false };
  const choices = choicesOf(entry);
  const list = listOf(entry.values, required);
  const defaults = fittingDefaults(given, { choices, isList: list !== undefined });
  const kind = kindOf(entry, { id, choices, defaults });
  return {
    ...base,
    ...kind,
    required: required && defaults === undefined,
    ...(defaults === undefined ? {} : { defaults }),
    ...(choices === undefined ? {} : { choices }),
    ...(list === undefined ? {} : { list }),
  };
}

/** `image`, and for `{a,b}` what a person would call it. */
const placeName = ({ invocation }: HelpEntry): string =>
  invocation.startsWith('{') ? 'choice' : invocation;

/** The text of the default; Python's `None` and an empty one are none. */
function defaultOf(help: string): string | undefined {
  const text = DEFAULT.exec(help)?.[1]?.trim();
  return text === undefined || text === '' || text === 'None' || text === '==SUPPRESS=='
    ? undefined
    : text;
}

/** `--tiles, --no-tiles` that is on by default is a switch to turn it off. */
function switchedOff({ flags, values }: HelpEntry, given: string | undefined): string | undefined {
  const no = flags.find((flag) => flag.startsWith('--no-'));
  return values.length === 0 && given === 'True' && flags.length > 1 ? no : undefined;
}

/** `{a,b}`, where it is not a tool's own placeholder. */
function choicesOf({ values }: HelpEntry): readonly string[] | undefined {
  const [first] = values;
  const text = first === undefined ? undefined : firstText(first);
  if (text === undefined || !/^\{.+\}$/.test(text)) return undefined;
  const choices = text
    .slice(1, -1)
    .split(',')
    .map((choice) => choice.trim());
  const distinct = [...new Set(choices.filter((choice) => choice !== ''))];
  return distinct.length === 0 ? undefined : distinct;
}

const firstText = (node: UsageNode): string | undefined => {
  if (node.kind === 'word') return node.text;
  const [first] = node.alternatives.flat();
  return first === undefined ? undefined : firstText(first);
};

/** `N [N ...]` is one or more, `[N ...]` any number, `N N` two; `N` and `[N]` are one value. */
function listOf(values: readonly UsageNode[], required: boolean): DraftParameter['list'] {
  const more = values.some((node) => node.kind === 'brackets' && hasDots(node));
  const words = values.filter(({ kind }) => kind === 'word').length;
  if (more || values.some((node) => node.kind === 'word' && node.text === '...'))
    return { ...(required || words > 0 ? { least: 1 } : {}) };
  return words > 1 ? { least: words, most: words } : undefined;
}

const hasDots = (node: UsageNode): boolean =>
  node.kind === 'word' ? node.text === '...' : node.alternatives.flat().some(hasDots);

/** The default as command-line texts, where it is one that the choices allow. */
function fittingDefaults(
  given: string | undefined,
  {
    choices,
    isList,
  }: { readonly choices: readonly string[] | undefined; readonly isList: boolean },
): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const items = isList ? listItems(given) : [unquoted(given)];
  if (items === undefined || items.length === 0) return undefined;
  return choices === undefined || items.every((item) => choices.includes(item)) ? items : undefined;
}

/** `[1, 'a']` and `(1, 2)` as Python prints lists; nothing for what is not as simple as that. */
function listItems(text: string): string[] | undefined {
  const inner = /^[[(](.*?),?[\])]$/.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const items = inner.split(',').map((item) => unquoted(item.trim()));
  return items.some((item) => item === '' || /['"[\](){}]/.test(item)) ? undefined : items;
}

const unquoted = (text: string): string => /^(['"])(.*)\1$/.exec(text)?.[2] ?? text;

const OUTPUT = /^(?:out|output|outfile|outdir|outpath|result|results|save|dest|destination|log)$/i;
const FILE =
  /^(?:file|filename|path|image|img|mask|picture|csv|json|model|weights|dir|directory|folder|input|infile|indir)s?$/i;
const WHOLE = /^(?:int|integer|n|count)$/i;
const FRACTION = /^(?:float|number|num|real|double)$/i;

function kindOf(
  { values, help }: HelpEntry,
  {
    id,
    choices,
    defaults,
  }: {
    readonly id: string;
    readonly choices: readonly string[] | undefined;
    readonly defaults: readonly string[] | undefined;
  },
): Pick<DraftParameter, 'kind' | 'whole'> {
  if (choices !== undefined) return { kind: choices.every(isPlainNumber) ? 'number' : 'text' };
  const metavar = values[0] === undefined ? '' : (firstText(values[0]) ?? '');
  const numeric = defaults?.every(isNumber) ?? true;
  if ((WHOLE.test(metavar) || /\((?:an? )?int(?:eger)?\)/i.test(help)) && wholeOrNone(defaults))
    return { kind: 'number', whole: true };
  if ((FRACTION.test(metavar) || /\((?:a )?float\)/i.test(help)) && numeric)
    return { kind: 'number' };
  if (defaults !== undefined && numeric) return { kind: 'number' };
  const words = `${id}_${metavar}`.split(/[^A-Za-z0-9]+/);
  if (words.some((word) => OUTPUT.test(word))) return { kind: 'output' };
  // A default path is one in the image: nothing that a caller has.
  return {
    kind: defaults === undefined && words.some((word) => FILE.test(word)) ? 'file' : 'text',
  };
}

const wholeOrNone = (defaults: readonly string[] | undefined): boolean =>
  defaults?.every((text) => /^[+-]?\d+$/.test(text)) ?? true;

/** A choice such as `007` is a text. */
const isPlainNumber = (text: string): boolean =>
  isNumber(text) && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text);
