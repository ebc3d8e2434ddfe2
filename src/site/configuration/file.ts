import { readFileSync, statSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { yamlFault } from '../../base/yaml-fault.ts';
import type { ConfigurationFault, RawEntry, Source } from './source.ts';
import { LIST_KEY, MAP_KEYS, SETTING_KEYS } from './settings.ts';

const PROJECT_NAMES = ['cyto-run.yaml', 'cyto-run.yml', 'cyto-run.json'];
const USER_NAMES = ['config.yaml', 'config.yml', 'config.json'];

/** A file that exists, or a reason why one that exists is not used. */
export interface FoundFile {
  readonly path?: string;
  readonly warning?: string;
}

/** The user's file, if there is one. `folder` is the XDG configuration folder. */
export function findUserFile(folder: string): FoundFile {
  const path = USER_NAMES.map((name) => join(folder, 'cyto-run', name)).find(isFile);
  return path === undefined ? {} : { path };
}

/**
 * The nearest project file in `cwd` or a folder above it. One that belongs to somebody else is not
 * used: a folder anybody can write to, such as /tmp, must not loosen this user's isolation.
 */
export function findProjectFile(cwd: string, uid: number | undefined): FoundFile {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = PROJECT_NAMES.map((name) => join(folder, name)).find(isFile);
    if (path !== undefined) {
      const owner = statSync(path).uid;
      if (uid === undefined || owner === uid || owner === 0) return { path };
      return {
        warning: `${path} is not used: it belongs to user ${owner}, and you are ${uid}; CYTO_RUN_CONFIG=${path} uses it`,
      };
    }
    if (folder === dirname(folder)) return {};
  }
}

const isFile = (path: string): boolean => {
  try {
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion -- the declared type forgets it
    return (statSync(path, { throwIfNoEntry: false }) as Stats | undefined)?.isFile() ?? false;
  } catch {
    // Not permitted to look, or a file where a folder should be: not a file of ours.
    return false;
  }
};

/** What a file says, unchecked, and what in it cannot be understood at all. */
export interface FileContent {
  readonly entries: readonly RawEntry[];
  readonly faults: readonly ConfigurationFault[];
}

/** Reads a YAML or JSON file. The YAML parser is loaded only now: most runs have no such file. */
export async function readConfigurationFile(path: string): Promise<FileContent> {
  const text = readBounded(path);
  const { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const entries: RawEntry[] = [];
  // What is told of one line after the first is a consequence of it.
  const told = new Set<number>();
  const faults: ConfigurationFault[] = document.errors
    .map((error) => ({ source: at(error.pos[0]), ...yamlFault(error) }))
    .filter(({ source: { line } }) => !told.has(line) && told.add(line));
  const folder = dirname(path);
  if (faults.length === 0 && document.contents !== null) visit(document.contents, '', 0);
  return { entries, faults };

  function at(offset: number): Extract<Source, { kind: 'file' }> & { line: number } {
    const { line, col } = lines.linePos(offset);
    return { kind: 'file', path, line: Math.max(1, line), column: Math.max(1, col) };
  }

  function visit(given: unknown, key: string, offset: number): void {
    const node = isAlias(given) ? given.resolve(document) : given;
    const source = at(offset);
    if (isMap(node) && mayHoldNames(key)) {
      for (const { key: name, value } of node.items) {
        // Editors find the schema by this line.
        if (!isScalar(name) || (key === '' && name.value === '$schema')) continue;
        const [start] = name.range ?? [offset];
        visit(value, key === '' ? String(name.value) : `${key}.${String(name.value)}`, start);
      }
    } else if (isSeq(node) && key !== '') {
      const items = node.items.map((item) => (isAlias(item) ? item.resolve(document) : item));
      if (items.every((item) => isScalar(item) && item.value !== null))
        entries.push({ key, value: items.map(textOf), source, folder });
      else faults.push({ source, key, problem: 'may hold plain values only' });
    } else if (isScalar(node) && key !== '' && node.value !== null)
      entries.push({ key, value: textOf(node), source, folder });
    else faults.push(shapeFault(key, source, isMap(node)));
  }

  /** Numbers as they are written: a 20-digit id does not survive as a double. */
  function textOf(node: unknown): string {
    if (!isScalar(node)) return '';
    if (typeof node.value === 'string') return node.value;
    return node.source ?? String(node.value);
  }
}

/** Only the document and the settings with parts are mappings. */
const mayHoldNames = (key: string): boolean =>
  key === '' ||
  (MAP_KEYS as readonly string[]).includes(key) ||
  SETTING_KEYS.some((setting) => setting.startsWith(`${key}.`)) ||
  !isKnown(key);

const isKnown = (key: string): boolean =>
  key === LIST_KEY ||
  (SETTING_KEYS as readonly string[]).includes(key) ||
  MAP_KEYS.some((map) => key === map || key.startsWith(`${map}.`));

function shapeFault(key: string, source: Source, isMapping: boolean): ConfigurationFault {
  if (key === '') return { source, problem: 'the file must be a mapping of settings' };
  if (isMapping) return { source, key, problem: 'takes one value, not a mapping' };
  return { source, key, problem: 'has no value', hint: 'Leave the line out to keep the default.' };
}

function readBounded(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > LIMITS.configurationBytesMax)
      throw new RunnerError(
        'configuration-invalid',
        `${path} has ${size} bytes, more than the ${LIMITS.configurationBytesMax} a configuration file may have`,
      );
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): RunnerError {
  const code = systemCodeOf(error) ?? String(error);
  const [problem, hint] = UNREADABLE[code] ?? [
    `${path} cannot be read (${code})`,
    'Make it readable, or move it away.',
  ];
  return new RunnerError(
    'configuration-invalid',
    problem.replace('PATH', () => path),
    {
      cause: error,
      hint,
    },
  );
}

/** The sentence and the hint for what is usual. */
const UNREADABLE: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: [
    'there is no configuration file PATH',
    'Give the path of one, or none: then what is configured here is used.',
  ],
  EISDIR: ['PATH is a folder, not a configuration file', 'Give the path of a file in it.'],
  EACCES: ['PATH may not be read by this user', 'Make it readable, or move it away.'],
};
