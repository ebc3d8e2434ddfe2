import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { chosenCluster, clusterOptions } from '../../src/site/chosen-cluster.ts';
import { loadConfiguration, type Configuration } from '../../src/site/configuration.ts';
import { chosenScheduling, type SchedulingFacts } from '../../src/site/scheduling.ts';
import { parseDescriptor, parseInvocation, type Descriptor } from '../../src/descriptor/index.ts';
import { cli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function configured(
  text: string,
  flags: Record<string, string | string[]> = {},
): Promise<Configuration> {
  await using folder = await temporaryFolder();
  writeFileSync(join(folder.path, 'cyto-run.yaml'), text);
  const env = { HOME: folder.path, CYTO_RUN_SCHEDULER_account: 'lab' };
  return await loadConfiguration({ env, cwd: folder.path, flags });
}

const CLUSTERS = `
scheduler:
  partition: long
clusters:
  giga:
    host: giga-login
    ssh-config: ./ssh.conf
    work-folder: /scratch/ada
    prepare: module load apptainer
    options:
      partition: short
      mem: 1G
apps:
  W Segment 1.0:
    options:
      gres: gpu:1
`;

test('a cluster is described by name, and its options know where they were written', async () => {
  const configuration = await configured(CLUSTERS);
  const cluster = chosenCluster(configuration);
  expect(cluster).toMatchObject({
    name: 'giga',
    sharedFileSystem: false,
    options: { partition: { value: 'short', source: { kind: 'file', line: 11 } } },
  });
  expect(clusterOptions(configuration, 'giga', '/data')).toEqual({
    name: 'giga',
    host: { ssh: 'giga-login', configFile: expect.stringMatching(/\/ssh\.conf$/) as string },
    workFolder: '/scratch/ada',
    sharedFileSystem: false,
    prepare: 'module load apptainer',
    defaultOptions: { partition: 'short', mem: '1G' },
  });
  expect([...configuration.apps.keys()]).toEqual(['W Segment 1.0']);
  expect(configuration.scheduler).toMatchObject({
    partition: { value: 'long' },
    account: { value: 'lab', source: { name: 'CYTO_RUN_SCHEDULER_account' } },
  });
});

test.each([
  ['clusters: {a: {host: x}}', /work-folder is missing/],
  ['clusters: {a: {work-folder: there}}', /is not an absolute path/],
  ['clusters: {a: {work-folder: /w, shared-file-system: perhaps}}', /is not true or false/],
  ['clusters: {a: {work-folder: /w, hots: x}}', /clusters\.a\.hots is not a setting/],
  ['clusters: {a: {work-folder: /w, options: {--mem: 1G}}}', /no long name/],
])('%s is refused with its place', async (text, message) => {
  await expect(configured(text)).rejects.toThrow(message);
});

test('a cluster that is not there, or one of several that nobody named, is asked for', async () => {
  const two = 'clusters: {a: {work-folder: /w}, b: {work-folder: /w}}';
  const hint = expect.objectContaining({ hint: expect.stringMatching('a, b') as string }) as Error;
  expect(() =>
    chosenCluster({ values: {} as Configuration['values'], clusters: new Map() }),
  ).not.toThrow();
  const configuration = await configured(two);
  expect(() => chosenCluster(configuration)).toThrow(hint);
  const other = await configured(two, { cluster: 'c' });
  expect(() => chosenCluster(other)).toThrow(hint);
  expect(chosenCluster(await configured(two, { cluster: 'b' }))?.name).toBe('b');
});

const boutiques = (resources: object): Descriptor =>
  read({
    'schema-version': '0.5',
    name: 'demo',
    description: 'x',
    'tool-version': '1',
    'command-line': 'demo [A]',
    'container-image': { type: 'docker', image: 'demo:1' },
    inputs: [{ id: 'a', name: 'a', type: 'String', 'value-key': '[A]', optional: true }],
    'suggested-resources': resources,
  });

function read(json: object): Descriptor {
  const { descriptor, diagnostics } = parseDescriptor(JSON.stringify(json));
  if (descriptor === undefined) throw new Error(JSON.stringify(diagnostics));
  return descriptor;
}

const cytomine = read({
  name: 'W Segment 1.0',
  'schema-version': 'cytomine-0.1',
  'command-line': 'run [A]',
  'container-image': { image: 'demo:1', type: 'singularity' },
  inputs: [
    {
      id: 'mem',
      name: 'mem',
      type: 'String',
      'value-key': '@ID',
      'default-value': '4G',
      'server-parameter': true,
      optional: true,
    },
    {
      id: 'time',
      name: 'time',
      type: 'String',
      'value-key': '@ID',
      'default-value': '60',
      'server-parameter': true,
      optional: true,
    },
  ],
});

const valuesOf = (descriptor: Descriptor, given: Record<string, string>) =>
  parseInvocation(
    descriptor,
    {
      user: Object.fromEntries(
        Object.entries(given).map(([id, text]) => [id, { kind: 'text', texts: [text] } as const]),
      ),
    },
    { serverValuesOptional: true },
  ).invocation ?? [];

const facts = (changes: Partial<SchedulingFacts> = {}): SchedulingFacts => ({
  descriptor: cytomine,
  invocation: valuesOf(changes.descriptor ?? cytomine, {}),
  cluster: undefined,
  app: {},
  run: {},
  limits: {},
  ...changes,
});

const told = (changes: Partial<SchedulingFacts>): Record<string, string> =>
  Object.fromEntries(
    chosenScheduling(facts(changes)).scheduler.map(({ name, value }) => [name, value]),
  );

const of = (value: string) => ({ value, source: { kind: 'flag', name: 'scheduler' } as const });
const cluster = (options: SchedulingFacts['run']): Partial<SchedulingFacts> => ({
  cluster: { name: 'c', host: 'local', workFolder: '/w', sharedFileSystem: true, options },
});

test('suggested resources are what the scheduler is asked for, and hold as limits', () => {
  const descriptor = boutiques({ 'cpu-cores': 2, ram: 1.5, 'walltime-estimate': 90 });
  expect(chosenScheduling(facts({ descriptor }))).toEqual({
    memoryBytes: 1.5 * 2 ** 30,
    cpus: 2,
    scheduler: [
      { name: 'cpus-per-task', value: '2', source: 'suggested-resources of the descriptor' },
      { name: 'mem', value: '1536M', source: 'suggested-resources of the descriptor' },
      { name: 'time', value: '2', source: 'suggested-resources of the descriptor' },
    ],
  });
});

test('inputs of the processing server are options of its scheduler, by their very names', () => {
  expect(told({})).toEqual({ mem: '4G', time: '60' });
  expect(chosenScheduling(facts()).memoryBytes).toBe(4 * 2 ** 30);
});

test('the cluster replaces the descriptor, the app the cluster, the run all of them', () => {
  expect(told(cluster({ mem: of('5G') }))).toMatchObject({ mem: '5G', time: '60' });
  expect(told({ ...cluster({ mem: of('5G') }), app: { mem: of('6G') } })).toMatchObject({
    mem: '6G',
  });
  expect(told({ app: { mem: of('6G') }, run: { mem: of('7G') } })).toMatchObject({ mem: '7G' });
});

test('a value that the user gave of such an input is the run’s, and stronger than the configuration', () => {
  const invocation = valuesOf(cytomine, { time: '5' });
  expect(told({ invocation, ...cluster({ time: of('99') }) })).toMatchObject({ time: '5' });
  expect(told({ invocation, run: { time: of('7') } })).toMatchObject({ time: '7' });
});

test('a limit that was set replaces what descriptor and configuration say of the same thing, but not the run', () => {
  const limits = { memoryBytes: 2 ** 30, cpus: 1, timeoutMs: 1000 };
  expect(told({ limits, ...cluster({ mem: of('5G') }) })).toEqual({});
  expect(told({ limits, run: { mem: of('7G') } })).toEqual({ mem: '7G' });
});

test.each([
  ['4G', 4 * 2 ** 30],
  ['100', 100 * 2 ** 20],
  ['512MB', 512 * 2 ** 20],
  ['0', undefined],
  ['lots', undefined],
])('memory as Slurm writes it, %s, is a limit too', (value, bytes) => {
  expect(chosenScheduling(facts({ run: { mem: of(value) } })).memoryBytes).toBe(bytes);
});

test('a dry run shows each option with where it came from; on another engine such a flag is refused', async () => {
  await using folder = await temporaryFolder();
  writeFileSync(
    join(folder.path, 'app.json'),
    JSON.stringify({
      'schema-version': '0.5',
      name: 'demo',
      description: 'x',
      'tool-version': '1',
      'command-line': 'demo [A]',
      'container-image': { type: 'docker', image: 'demo:1' },
      inputs: [{ id: 'a', name: 'a', type: 'String', optional: true, 'value-key': '[A]' }],
      'suggested-resources': { ram: 2 },
    }),
  );
  writeFileSync(join(folder.path, 'cyto-run.yaml'), CLUSTERS);
  const args = ['app.json', '--cluster', 'giga', '--scheduler', 'qos=high', '--dry-run'];
  const { stdout } = await cli(args, { home: folder.path, cwd: folder.path });
  expect(stdout).toMatch(/slurm: set by|slurm: asked for with --cluster/);
  expect(stdout).toMatch(/--mem=1G +.*cyto-run\.yaml:12/);
  expect(stdout).toMatch(/--qos=high +--scheduler/);
  const refused = await cli(
    ['app.json', '--engine', 'docker', '--scheduler', 'qos=high', '--dry-run'],
    {
      home: folder.path,
      cwd: folder.path,
    },
  );
  expect(refused).toMatchObject({
    exitCode: 64,
    stderr: expect.stringMatching('--scheduler is for a cluster') as string,
  });
  const shown = await cli(['config', 'show'], { home: folder.path, cwd: folder.path });
  expect(shown.stdout).toMatch(/clusters\.giga\.host +giga-login/);
});
