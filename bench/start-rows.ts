import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { BenchContext } from './bench-context.ts';
import { Timed, command, cpuNote, type Argv } from './command.ts';
import { compare } from './compare.ts';
import type { Figure, Target } from './figure.ts';

const IMAGE = 'cyto-run/probe:1';
const WARM_UPS = 2;

interface Race {
  readonly row: string;
  readonly name: string;
  readonly ours: Argv;
  readonly theirs: Argv;
  readonly rounds: number;
  readonly target?: Target;
}

/** Two commands against each other, after both have filled their caches. */
export async function race(context: BenchContext, given: Race): Promise<Figure> {
  const { row, name, rounds, target } = given;
  const options = { env: context.env, cwd: context.folder };
  for (const argv of [given.ours, given.theirs])
    for (let run = 0; run < WARM_UPS; run += 1) await command(argv, options);
  const ours = new Timed(given.ours, options);
  const theirs = new Timed(given.theirs, options);
  return compare({
    row,
    name,
    unit: 'ms',
    ours: ours.sample,
    against: theirs.sample,
    rounds: context.isQuick ? 5 : rounds,
    secondsMax: context.secondsMax,
    ...(target === undefined ? {} : { target }),
    note: cpuNote(ours, theirs),
  });
}

/** A whole run of a trivial app: what a user waits for beside the app itself. */
export async function launchRow(context: BenchContext): Promise<readonly Figure[]> {
  const row = 'launch';
  const ours = context.cytoRun(
    join(context.root, 'apps/probe/descriptor.json'),
    '--param',
    'verbs=argv',
  );
  const docker: Argv = ['docker', 'run', '--rm', '--network', 'none', IMAGE, 'argv'];
  const figures = [
    await race(context, {
      row,
      name: 'cyto-run / docker run',
      ours,
      theirs: docker,
      rounds: 25,
      target: { kind: 'at most', value: 1.5 },
    }),
  ];
  const { bosh, cwltool } = context.peers;
  if (bosh !== undefined) {
    const invocation = join(context.folder, 'probe-invocation.json');
    writeFileSync(invocation, JSON.stringify({ verbs: ['argv'] }));
    const theirs: Argv = [
      bosh,
      'exec',
      'launch',
      join(context.root, 'apps/probe/descriptor.json'),
      invocation,
    ];
    figures.push(
      await race(context, { row, name: 'cyto-run / bosh exec launch', ours, theirs, rounds: 8 }),
    );
  }
  if (cwltool !== undefined) {
    const tool = join(context.folder, 'probe.cwl');
    writeFileSync(tool, cwlTool());
    const theirs: Argv = [
      cwltool,
      '--disable-pull',
      '--outdir',
      join(context.folder, 'cwl-out'),
      tool,
    ];
    figures.push(await race(context, { row, name: 'cyto-run / cwltool', ours, theirs, rounds: 8 }));
  }
  return figures;
}

const cwlTool = (): string =>
  JSON.stringify({
    cwlVersion: 'v1.2',
    class: 'CommandLineTool',
    requirements: { DockerRequirement: { dockerPull: IMAGE } },
    baseCommand: ['/bin/probe', 'argv'],
    inputs: [],
    outputs: [],
  });

/** The command of a descriptor with thirty inputs, nothing started: how fast an editor or a script gets its answer. */
export async function dryRunRow(context: BenchContext): Promise<readonly Figure[]> {
  const row = 'dry-run';
  const { descriptor, twin, pictures } = thirtyInputs(context);
  const ours = context.cytoRun(
    descriptor,
    '--in',
    pictures,
    '--out',
    join(context.folder, 'out'),
    '--dry-run',
  );
  const node: Argv = [process.execPath, '-e', '0'];
  const figures = [
    await race(context, {
      row,
      name: 'cyto-run --dry-run / node -e 0',
      ours,
      theirs: node,
      rounds: 30,
      target: { kind: 'at most', value: 2.5 },
    }),
  ];
  const { bosh } = context.peers;
  if (bosh === undefined) return figures;
  const theirs: Argv = [bosh, 'exec', 'simulate', twin.descriptor, '-i', twin.invocation];
  return [
    ...figures,
    await race(context, {
      row,
      name: 'cyto-run --dry-run / bosh exec simulate',
      ours: context.cytoRun(twin.descriptor, '--invocation', twin.invocation, '--dry-run'),
      theirs,
      rounds: 10,
      target: { kind: 'at most', value: 0.6 },
    }),
  ];
}

/** One call of `validate`, as in an editor's save hook. */
export async function validateRow(context: BenchContext): Promise<readonly Figure[]> {
  const row = 'validate';
  const { descriptor, twin } = thirtyInputs(context);
  const node: Argv = [process.execPath, '-e', '0'];
  const figures = [
    await race(context, {
      row,
      name: 'cyto-run validate / node -e 0',
      ours: context.cytoRun('validate', descriptor),
      theirs: node,
      rounds: 20,
    }),
  ];
  const { bosh } = context.peers;
  if (bosh === undefined) return figures;
  return [
    ...figures,
    await race(context, {
      row,
      name: 'cyto-run validate / bosh validate',
      ours: context.cytoRun('validate', twin.descriptor),
      theirs: [bosh, 'validate', twin.descriptor],
      rounds: 10,
      target: { kind: 'at most', value: 0.6 },
    }),
  ];
}

interface CytomineInput {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly 'value-key': string;
  readonly 'command-line-flag': string;
  readonly optional?: boolean;
  readonly 'default-value'?: string | number | boolean;
  readonly 'set-by-server'?: boolean;
}

interface CytomineDescriptor {
  readonly name: string;
  readonly description: string;
  readonly 'container-image': { readonly image: string };
  readonly 'command-line': string;
  readonly inputs: readonly CytomineInput[];
}

/** The fixture, a folder for its pictures, and the same app as Boutiques has it, for programs that know only that. */
function thirtyInputs({ root, folder }: BenchContext): {
  descriptor: string;
  pictures: string;
  twin: { descriptor: string; invocation: string };
} {
  const descriptor = join(root, 'bench/fixtures/thirty-inputs.json');
  const pictures = join(folder, 'in');
  mkdirSync(pictures, { recursive: true });
  const app = JSON.parse(readFileSync(descriptor, 'utf8')) as CytomineDescriptor;
  const twin = {
    descriptor: join(folder, 'twin.json'),
    invocation: join(folder, 'twin-values.json'),
  };
  writeFileSync(twin.descriptor, JSON.stringify(boutiquesTwin(app), null, 2));
  writeFileSync(twin.invocation, JSON.stringify(defaultsOf(app)));
  return { descriptor, pictures, twin };
}

const defaultsOf = ({ inputs }: CytomineDescriptor): Record<string, string | number> =>
  Object.fromEntries(
    inputs.flatMap(({ id, 'default-value': value }) =>
      value === undefined ? [] : [[id, typeof value === 'boolean' ? String(value) : value]],
    ),
  );

const boutiquesTwin = (app: CytomineDescriptor): unknown => ({
  name: app.name,
  description: app.description,
  'tool-version': '1.0.0',
  'schema-version': '0.5',
  'command-line': app['command-line'],
  'container-image': { type: 'docker', image: app['container-image'].image },
  inputs: app.inputs.map((input) => ({
    id: input.id,
    name: input.name,
    type: input.type === 'Boolean' ? 'String' : input.type,
    'value-key': `[${input.id.toUpperCase()}]`,
    'command-line-flag': `--${input.id}`,
    optional: true,
  })),
});
