import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

import { ERROR_CODES } from '../src/base/errors.ts';
import { RUN_PHASES } from '../src/runner/events.ts';
import { FAILURE_CODES } from '../src/runner/outcome.ts';
import { RUN_STATES } from '../src/runner/state.ts';
import { repositoryFiles } from './support/repository.ts';

/* The repository's test of its pages: what they promise is there, and what is there they tell. */
const PAGES = repositoryFiles().filter(({ path }) => path.endsWith('.md'));
const textOf = (path: string): string => readFileSync(path, 'utf8');

test('every error code is documented with its exit code and HTTP status, and no other', () => {
  const failures = new Set<string>(FAILURE_CODES);
  const expected = Object.entries(ERROR_CODES).map(([code, { exitCode, httpStatus }]) => ({
    code,
    facts: `Exit code ${exitCode}, HTTP ${httpStatus}.${failures.has(code) ? ' A run can fail with it.' : ''}`,
  }));
  const sections = textOf('docs/errors.md').split(/^## /m).slice(1);
  const documented = sections.map((section) => {
    const [heading, facts] = section.split('\n').filter((line) => line !== '');
    return { code: heading?.replaceAll('`', ''), facts };
  });
  expect(documented).toEqual(expected);
  expect(sections.filter((section) => !section.includes('**Try:** '))).toEqual([]);
});

test('every state, phase and failure code is in the glossary', () => {
  const glossary = textOf('docs/glossary.md');
  const words = [...RUN_STATES, ...RUN_PHASES, ...FAILURE_CODES];
  expect(words.filter((word) => !glossary.includes(`\`${word}\``))).toEqual([]);
});

test('the key words of the design are in the glossary', () => {
  const glossary = textOf('docs/glossary.md');
  const words = ['app', 'descriptor', 'dialect', 'invocation', 'command', 'input', 'output-file'];
  words.push('value-key', 'run', 'engine', 'image', 'mount', 'event', 'record', 'outcome');
  expect(words.filter((word) => !glossary.includes(`**${word}**`))).toEqual([]);
});

test('every npm script the pages name exists', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const named = PAGES.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm (?:run )?(?:--silent )?([a-z][\w:-]*)/g)]
      .filter((match) => match[0].startsWith('npm run ') || match[1] === 'test')
      .map((match) => ({ path, script: match[1] ?? '' })),
  );
  expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
});

test('every link between pages leads to a file that is there', () => {
  const broken = PAGES.flatMap(({ path, text }) =>
    [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => normalize(join(dirname(path), decodeURI(target))))
      .filter((target) => !existsSync(target))
      .map((target) => `${path} -> ${target}`),
  );
  expect(broken).toEqual([]);
});

test('a decision says its status, context, decision and what it is not about', () => {
  const records = PAGES.filter(({ path }) => path.startsWith('docs/decisions/'));
  const headings = ['Status', 'Context', 'Decision', 'Non-goals'];
  const incomplete = records.filter(
    ({ text }) => !headings.every((heading) => new RegExp(`^## ${heading}$`, 'im').test(text)),
  );
  expect(records.length).toBeGreaterThan(0);
  expect(incomplete.map(({ path }) => path)).toEqual([]);
});

test('decisions are numbered, each number once', () => {
  const names = readdirSync('docs/decisions');
  expect(names.filter((name) => !/^\d{4}-[a-z0-9-]+\.md$/.test(name))).toEqual([]);
  expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length);
});

test('the changelog has a place for what is not yet released', () => {
  expect(textOf('CHANGELOG.md')).toMatch(/^## \[Unreleased\]$/m);
});
