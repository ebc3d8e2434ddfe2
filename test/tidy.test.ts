import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { LAYERS } from '../layers.js';
import { LIMITS } from '../src/base/limits.ts';
import { linesMatching, repositoryFiles } from './support/repository.ts';

/*
 * The repository's test of itself: taste that is not checked decays within a month. The title of a
 * rule is the argument for it.
 */
const FILES = repositoryFiles();
const textOf = (path: string): string => readFileSync(path, 'utf8');
const inAny = (...patterns: RegExp[]): ((path: string) => boolean) => {
  return (path) => patterns.some((pattern) => pattern.test(path));
};

const CODE = inAny(/^(src|test|bench|scripts|bin)\/.*\.(ts|js)$/, /^apps\/.*\.py$/);
const TESTS = inAny(/^test\/.*\.ts$/);
const TEST_SUPPORT = inAny(/^test\/support\//);
const THIS_FILE = inAny(/^test\/tidy\.test\.ts$/);

interface LineRule {
  readonly why: string;
  readonly files: (path: string) => boolean;
  readonly except?: (path: string) => boolean;
  readonly forbidden: RegExp;
}

/** What no line may hold. */
const LINE_RULES: readonly LineRule[] = [
  {
    why: 'a reminder is an issue, not a comment',
    files: CODE,
    forbidden: /\b(TODO|FIXME|XXX)\b/,
  },
  {
    why: 'a front door names what it lets through',
    files: inAny(/^src\/.*\.ts$/),
    forbidden: /^export \*/,
  },
  {
    why: 'a test that is left out, or leaves others out, proves nothing',
    files: TESTS,
    except: inAny(/^test\/(support\/|closing-line)/),
    forbidden: /\b(test|it|describe)\.(only|skip|todo|fails)\b/,
  },
  {
    why: 'a test that waits for time to pass is slow on a good day and fails on a bad one',
    files: TESTS,
    except: TEST_SUPPORT,
    forbidden: /\bawait (sleep|delay)\(|=> setTimeout\((resolve|r|done),/,
  },
  {
    why: 'the repository works on any machine: it names no folder of one',
    files: (path) => !TESTS(path),
    forbidden: /(^|[\s'"`(=:])\/(work\/[\w.]+\/|root\/[\w.])/,
  },
  {
    why: 'what lies beside the program has its place known to one file: another, compiled, would look elsewhere',
    files: inAny(/^src\/.*\.ts$/),
    except: inAny(/^src\/site\/package-files\.ts$/),
    forbidden: /new URL\(['"`]\.\./,
  },
  {
    why: 'where packages come from is the choice of a machine, not of this repository',
    files: () => true,
    forbidden:
      /\b(registry\.npmjs|registry\.yarnpkg|deb\.debian|security\.debian|pypi|files\.pythonhosted)\.(org|com|io)\b/,
  },
  {
    why: 'a reader of the code was not there when it was written',
    files: inAny(/^(src|scripts|bin|test|bench|docs|apps)\//, /\.md$/),
    forbidden: /\b(issue|ticket|session|engineer) #?\d+\b/i,
  },
];

test.each(LINE_RULES)('$why', ({ files, except, forbidden }) => {
  const checked = FILES.filter(
    ({ path }) => files(path) && except?.(path) !== true && !THIS_FILE(path),
  );
  expect(checked.flatMap((file) => linesMatching(file, forbidden))).toEqual([]);
});

test('a file is read in one sitting', () => {
  const linesMax = (path: string): number => (TESTS(path) ? 500 : 300);
  const isComment = (line: string): boolean => /^\s*(\/\*|\*|\/\/|#)/.test(line);
  const long = FILES.filter(({ path }) => CODE(path))
    .map(({ path, text }) => ({
      path,
      lines: text.split('\n').filter((line) => !isComment(line)).length,
    }))
    .filter(({ path, lines }) => lines > linesMax(path));
  expect(long).toEqual([]);
});

test('folders and files are named for what they hold', () => {
  const nothingSaid = /(^|\/)(utils?|helpers?|common|misc|shared|lib|stuff)(\/|\.\w+$)/;
  expect(FILES.filter(({ path }) => nothingSaid.test(path)).map(({ path }) => path)).toEqual([]);
});

test('file names are lower case with hyphens, so that they are the same on every file system', () => {
  const named = inAny(/^(src|test|bench|scripts|schemas)\//);
  const odd = FILES.filter(({ path }) => named(path) && !/^[a-z0-9./_-]+$/.test(path));
  expect(odd.map(({ path }) => path)).toEqual([]);
});

test('every folder of src is a layer with its rule', () => {
  const folders = readdirSync('src', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(folders.filter((name) => !Object.hasOwn(LAYERS, name))).toEqual([]);
});

test('a layer may use only layers above it, so that there is no circle', () => {
  const order = Object.keys(LAYERS);
  const upwards = Object.entries(LAYERS).every(([layer, used]) =>
    used.every((name) => order.indexOf(name) < order.indexOf(layer)),
  );
  expect(upwards).toBe(true);
});

test('a test is named by a sentence about behaviour', () => {
  const titles = FILES.filter(({ path }) => /^test\/.*\.test\.ts$/.test(path)).flatMap((file) =>
    [...file.text.matchAll(/^\s*test\(\s*(['"`])(.*?)\1,/gm)].map((match) => ({
      path: file.path,
      title: match[2] ?? '',
    })),
  );
  expect(titles.length).toBeGreaterThan(10);
  expect(titles.filter(({ title }) => title.split(' ').length < 3)).toEqual([]);
});

test('a limit without its reason is a number nobody dares to change', () => {
  const lines = textOf('src/base/limits.ts').split('\n');
  const bare = Object.keys(LIMITS).filter((name) => {
    const at = lines.findIndex((line) => line.trimStart().startsWith(`${name}:`));
    return lines[at - 1]?.trimEnd().endsWith('*/') !== true;
  });
  expect(bare).toEqual([]);
});

test('a limit says its unit in its name', () => {
  const unit = /(Bytes|Ms|Max|Min|PercentStep)$/;
  expect(Object.keys(LIMITS).filter((name) => !unit.test(name))).toEqual([]);
});

test('the lock file names no registry, so that it works with any', () => {
  expect(textOf('package-lock.json')).not.toContain('"resolved": "http');
});

test('the lock file holds every package that another one needs, so that npm ci accepts it', () => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Record<string, LockEntry>;
  };
  /** The version that Node would find from a package's folder, looking upwards. */
  const versionFrom = (folder: string, name: string): string | undefined => {
    const here = packages[join(folder, 'node_modules', name)];
    if (here !== undefined || folder === '') return here?.version;
    return versionFrom(folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0)), name);
  };
  const wrong = Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries({ ...entry.dependencies, ...entry.optionalDependencies })
      .map(([name, wanted]) => ({ path, name, wanted, found: versionFrom(path, name) }))
      .filter(({ wanted, found }) =>
        /^\d+\.\d+\.\d+[\w.-]*$/.test(wanted) ? found !== wanted : found === undefined,
      ),
  );
  expect(wrong).toEqual([]);
});

interface LockEntry {
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

test('the lock file was made for this package.json', () => {
  const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<
    string,
    object
  >;
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Record<string, object>;
  };
  expect(packages['']).toMatchObject({ dependencies, devDependencies });
});

test('what the package promises to hold is there, or is made by the build', () => {
  const { files } = JSON.parse(textOf('package.json')) as { files: string[] };
  expect(files.filter((path) => path !== 'dist/' && !existsSync(path))).toEqual([]);
});

test.each(['bin/cyto-run.js', '.ci/run'])('%s can be executed as it is', (path) => {
  expect(statSync(path).mode & 0o111).not.toBe(0);
});

test('every app has all that a reader needs to try it', () => {
  const parts = ['descriptor.json', 'Dockerfile', 'invocation.json', 'command.golden.json'];
  const apps = readdirSync('apps').filter((name) => existsSync(join('apps', name, 'Dockerfile')));
  const absent = apps.flatMap((name) =>
    [...parts, 'README.md'].map((part) => join('apps', name, part)).filter((p) => !existsSync(p)),
  );
  expect(absent).toEqual([]);
});

test('every schema says what it describes, for the editor that shows it', () => {
  const unsaid = FILES.filter(({ path }) => /^schemas\/.*\.json$/.test(path)).filter(({ text }) => {
    const schema = JSON.parse(text) as Record<string, unknown>;
    return !['$schema', 'title', 'description'].every((key) => typeof schema[key] === 'string');
  });
  expect(unsaid.map(({ path }) => path)).toEqual([]);
});

test('a thing is written once: no dozen lines of code stand in two files', () => {
  const LINES = 12;
  const seen = new Map<string, string>();
  const twice = new Set<string>();
  for (const { path, text } of FILES.filter(
    ({ path }) => /^(src|scripts)\//.test(path) && CODE(path),
  )) {
    const lines = text.split('\n').map((line) => line.trim());
    const code = lines.filter(
      (line) => line.length > 1 && !/^(import|export \{|\/?\*|\/\/)/.test(line),
    );
    for (let at = 0; at + LINES <= code.length; at += 1) {
      const block = code.slice(at, at + LINES).join('\n');
      const other = seen.get(block) ?? path;
      if (other !== path) twice.add(`${other} and ${path}`);
      seen.set(block, path);
    }
  }
  expect([...twice]).toEqual([]);
});
