import { Ajv2020 } from 'ajv/dist/2020.js';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { yamlInvocation } from '../../src/cli/yaml-invocation.ts';
import {
  describeDescriptor,
  exampleInvocation,
  hasErrors,
  invocationSchema,
  parseDescriptor,
  parseInvocation,
  parseInvocationText,
  printInvocation,
  type Descriptor,
  type ExampleOptions,
  type Invocation,
} from '../../src/descriptor/index.ts';
import { descriptorText, input } from './boutiques/model.ts';
import { RICH } from './boutiques/rich.ts';

const APPS = join(import.meta.dirname, '../../apps');
const CORPUS = join(import.meta.dirname, '../../../shared/corpus');
const EXAMPLES_MS = 600_000;

/** What a run would make of the text of an invocation file; nothing when it refuses it. */
async function read(
  descriptor: Descriptor,
  text: string,
  format: 'json' | 'yaml',
): Promise<Invocation | undefined> {
  const { values } = await parseInvocationText(text, format);
  if (values === undefined) return undefined;
  return parseInvocation(descriptor, { user: values }, { serverValuesOptional: true }).invocation;
}

/** What is wrong with one example: nothing, where it is as good as promised. */
async function faultOf(
  descriptor: Descriptor,
  fits: (value: unknown) => boolean,
  options: ExampleOptions,
): Promise<string | undefined> {
  const example = exampleInvocation(descriptor, options);
  const json = printInvocation(example);
  const fromJson = await read(descriptor, json, 'json');
  if (fromJson === undefined) return `does not validate: ${json}`;
  if (!fits(JSON.parse(json))) return `is refused by the schema: ${json}`;
  const yaml = yamlInvocation(example, describeDescriptor(descriptor));
  const fromYaml = await read(descriptor, yaml, 'yaml');
  const same = JSON.stringify(fromYaml) === JSON.stringify(fromJson);
  return same ? undefined : `is another as YAML: ${yaml}`;
}

// Ids such as `constructor` occur, and are no properties of an object that lacks them.
const ajv = new Ajv2020({ ownProperties: true, allowUnionTypes: true, strictRequired: false });

const optionsArbitrary = fc.record({
  complete: fc.boolean(),
  random: fc.option(fc.record({ seed: fc.nat() }), { nil: undefined }),
});

const textInput = (id: string): object => input(id, { optional: true });

const appDescriptors = readdirSync(APPS)
  .map((app) => join(APPS, app, 'descriptor.json'))
  .filter((path) => existsSync(path));

test.each([...appDescriptors, 'RICH'])(
  'every example of %s is valid, as JSON and as YAML',
  async (path) => {
    const text = path === 'RICH' ? JSON.stringify(RICH) : readFileSync(path, 'utf8');
    const { descriptor } = parseDescriptor(text);
    const fits = ajv.compile(invocationSchema(descriptor!));
    await fc.assert(
      fc.asyncProperty(optionsArbitrary, async (options) => {
        expect(await faultOf(descriptor!, fits, options)).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  },
);

/** Rules between inputs where one value more, or one less, never breaks fewer of them. */
const CORNER = descriptorText({
  'command-line': 'app [P] [Q] [X] [Y] [V] [F] [G]',
  inputs: [
    { ...textInput('p'), 'requires-inputs': ['either'] },
    textInput('q'),
    { ...textInput('x'), 'disables-inputs': ['q'] },
    { ...textInput('y'), 'disables-inputs': ['q'] },
    {
      ...textInput('v'),
      optional: false,
      'value-choices': ['one', 'two', 'three'],
      'value-requires': { one: ['p'], two: ['p', 'q'], three: ['p', 'x'] },
    },
    ...['f', 'g'].map((id) => ({ ...textInput(id), type: 'Flag', 'command-line-flag': `-${id}` })),
  ],
  groups: [
    { id: 'either', name: 'X or Y', members: ['x', 'y'] },
    { id: 'flags', name: 'F or G', members: ['f', 'g'], 'one-is-required': true },
  ],
});

test('an example is valid also where the rules between inputs leave few ways', async () => {
  const { descriptor, diagnostics } = parseDescriptor(CORNER);
  expect(diagnostics.filter(({ strength }) => strength === 'error')).toEqual([]);
  await fc.assert(
    fc.asyncProperty(optionsArbitrary, async (options) => {
      expect(await faultOf(descriptor!, () => true, options)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('the same seed gives the same example, another seed mostly another', () => {
  const { descriptor } = parseDescriptor(readFileSync(appDescriptors[0]!, 'utf8'));
  const drawn = [1, 1, 2, 3].map((seed) =>
    printInvocation(exampleInvocation(descriptor!, { complete: true, random: { seed } })),
  );
  expect(drawn[0]).toBe(drawn[1]);
  expect(new Set(drawn).size).toBeGreaterThan(1);
});

describe.skipIf(!existsSync(CORPUS))(
  'real descriptors (skipped where the corpus is not there)',
  () => {
    test(
      'every example of every one is valid, as JSON and as YAML',
      async () => {
        const paths = ['cytomine', 'biaflows', 'biomero', 'boutiques'].flatMap((family) =>
          readdirSync(join(CORPUS, family)).map((name) => join(CORPUS, family, name)),
        );
        const faults: string[] = [];
        for (const path of paths.filter((one) => one.endsWith('.json'))) {
          const { descriptor, diagnostics } = parseDescriptor(readFileSync(path, 'utf8'));
          if (descriptor === undefined || hasErrors(diagnostics)) continue;
          const fits = ajv.compile(invocationSchema(descriptor));
          for (const options of [{}, { complete: true }, { complete: true, random: { seed: 7 } }]) {
            const fault = await faultOf(descriptor, fits, options);
            if (fault !== undefined) faults.push(`${path} ${fault}`);
          }
        }
        expect(paths.length).toBeGreaterThan(0);
        expect(faults).toEqual([]);
      },
      EXAMPLES_MS,
    );
  },
);
