import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import {
  expandCommand,
  parseDescriptor,
  parseInvocation,
  isJsonObject,
  type RawValue,
} from '../../src/descriptor/index.ts';

const read = (path: string): string =>
  readFileSync(new URL(`../../apps/${path}`, import.meta.url), 'utf8');

const APPS = ['tissue-detect', 'nuclei-segment', 'term-area-stats'];

/** The values of an invocation file. */
function valuesOf(text: string): Record<string, RawValue> {
  const root = parseDescriptor(text, { dialect: 'boutiques-0.5' }).document?.root;
  if (!isJsonObject(root)) throw new TypeError('an invocation is a JSON object');
  return Object.fromEntries([...root].map(([id, value]) => [id, { kind: 'json', value }]));
}

test.each(APPS)('%s has a descriptor without fault and an invocation that fits it', (app) => {
  const { descriptor, diagnostics } = parseDescriptor(read(`${app}/descriptor.json`));
  const faults = diagnostics.filter(({ strength }) => strength !== 'hint');
  expect(faults.map(({ code }) => code)).toEqual([]);
  const user = valuesOf(read(`${app}/invocation.json`));
  const parsed = parseInvocation(descriptor!, { user }, { serverValuesOptional: true });
  expect(parsed.diagnostics).toEqual([]);
  const { argv } = expandCommand(descriptor!, parsed.invocation!);
  expect(argv).toEqual(JSON.parse(read(`${app}/command.golden.json`)));
});

test('the apps begin with the same layer, so that it is built and kept once', () => {
  const layers = APPS.map((app) => read(`${app}/Dockerfile`).split('\nCOPY')[0]!);
  expect(new Set(layers).size).toBe(1);
});

test('what two apps have in common is the same in both: each folder is an app on its own', () => {
  const files = APPS.flatMap((app) =>
    readdirSync(new URL(`../../apps/${app}`, import.meta.url))
      .filter((name) => name.endsWith('.py') && name !== 'run.py')
      .map((name) => ({ name, text: read(`${app}/${name}`) })),
  );
  const versions = new Map<string, Set<string>>();
  for (const { name, text } of files)
    versions.set(name, (versions.get(name) ?? new Set()).add(text));
  const shared = files.filter(({ name }) => files.filter((file) => file.name === name).length > 1);
  expect(new Set(shared.map(({ name }) => name))).toEqual(new Set(['outlines.py', 'pictures.py']));
  expect([...versions.values()].filter((texts) => texts.size > 1)).toEqual([]);
});

test('the sample picture is the one its page and the sample regions tell of', () => {
  const bytes = readFileSync(new URL('../../apps/samples/ihc.png', import.meta.url));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(read('samples/README.md')).toContain(sha256);
  expect(read('samples/regions.geojson')).toContain(sha256);
});
