import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

import { Ajv2020 } from 'ajv/dist/2020.js';

import {
  exampleInvocation,
  expandCommand,
  parseDescriptor,
  parseInvocation,
  rawValuesOf,
  type RawValues,
} from '../src/descriptor/index.ts';
import type { BenchContext } from './bench-context.ts';
import { compare } from './compare.ts';
import type { Figure, Skipped } from './figure.ts';

interface Known {
  readonly path: string;
  readonly text: string;
  /** The plainest values; absent where the descriptor is refused. */
  readonly values?: RawValues;
}

/** Many real descriptors in one process: checked in full and expanded, against a schema check and against bosh. */
export async function corpusRow(context: BenchContext): Promise<readonly (Figure | Skipped)[]> {
  const row = 'corpus';
  const corpus = join(context.root, '../shared/corpus');
  if (!existsSync(corpus)) return [{ row, skipped: `there are no descriptors in ${corpus}` }];
  const all = globSync(join(corpus, '{cytomine,biaflows,biomero,boutiques}/*.json')).map(known);
  const boutiques = all.filter(({ path }) => path.includes('/boutiques/'));
  const rounds = context.isQuick ? 3 : 15;
  const common = { row, unit: 'descriptors/s', rounds, secondsMax: context.secondsMax };
  const checks = schemaChecks(context.root);
  const schemaOnly = (): Promise<number> =>
    rate(all, ({ path, text }) => {
      const check = path.includes('/boutiques/') ? checks.boutiques : checks.cytomine;
      check(json(text));
    });
  const figures: Figure[] = [
    await compare({
      ...common,
      name: `${all.length} validated and expanded / JSON.parse and ajv alone`,
      ours: () => rate(all, validateAndExpand),
      against: schemaOnly,
    }),
  ];
  const { python } = context.peers;
  if (python !== undefined)
    figures.push(
      await compare({
        ...common,
        name: `${boutiques.length} Boutiques descriptors validated / bosh in one process`,
        rounds: 3,
        ours: () => rate(boutiques, ({ text }) => parseDescriptor(text)),
        against: () => boshRate(context, python, boutiques),
      }),
    );
  return figures;
}

function known(path: string): Known {
  const text = readFileSync(path, 'utf8');
  const { descriptor } = parseDescriptor(text);
  return {
    path,
    text,
    ...(descriptor === undefined ? {} : { values: rawValuesOf(exampleInvocation(descriptor)) }),
  };
}

function validateAndExpand({ text, values }: Known): void {
  const { descriptor } = parseDescriptor(text);
  if (descriptor === undefined || values === undefined) return;
  const { invocation } = parseInvocation(
    descriptor,
    { user: values },
    { serverValuesOptional: true },
  );
  if (invocation !== undefined)
    expandCommand(descriptor, invocation, { workingDirectory: '/work' });
}

/** How many a second; a turn of all that are known. */
function rate(
  descriptors: readonly Known[],
  work: (descriptor: Known) => unknown,
): Promise<number> {
  const began = performance.now();
  for (const descriptor of descriptors) work(descriptor);
  return Promise.resolve(descriptors.length / ((performance.now() - began) / 1000));
}

function schemaChecks(root: string): Record<'cytomine' | 'boutiques', (value: unknown) => boolean> {
  const compiled = (name: string): ((value: unknown) => boolean) => {
    const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false });
    const text = readFileSync(join(root, 'schemas', name), 'utf8');
    // Of which draft a schema is changes nothing in what it costs.
    const { $schema: _draft, ...schema } = JSON.parse(text) as Record<string, unknown>;
    const validate = ajv.compile(schema);
    return (value) => validate(value);
  };
  return {
    cytomine: compiled('cytomine-0.1.schema.json'),
    boutiques: compiled('boutiques-0.5.schema.json'),
  };
}

/** What is no JSON is none for a schema either. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function boshRate(
  { root, env }: BenchContext,
  python: string,
  descriptors: readonly Known[],
): Promise<number> {
  const { stdout, stderr } = spawnSync(python, [join(root, 'bench/peers/bosh_loop.py')], {
    env,
    input: descriptors.map(({ path }) => path).join('\n'),
    encoding: 'utf8',
  });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  const from = last.lastIndexOf('{"descriptors"');
  if (from < 0) throw new Error(`bosh said nothing of its speed: ${stderr.slice(-1_000)}`);
  const { seconds } = JSON.parse(last.slice(from)) as { seconds: number };
  return Promise.resolve(descriptors.length / seconds);
}
