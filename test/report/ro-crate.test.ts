import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crateFiles, roCrate } from '../../src/report/index.ts';
import { foldEvents, isTerminal } from '../../src/runner/index.ts';
import { exampleRun } from '../support/example-run.ts';
import { eventLog } from '../support/run-arbitraries.ts';

type Entity = Record<string, unknown> & { '@id': string; '@type': string };

const graphOf = (metadata: Readonly<Record<string, unknown>>): Entity[] =>
  metadata['@graph'] as Entity[];
const entity = (graph: readonly Entity[], id: string): Entity => {
  const found = graph.find((candidate) => candidate['@id'] === id);
  if (found === undefined) throw new TypeError(`no entity ${id}`);
  return found;
};
const idsOf = (value: unknown): string[] =>
  [value].flat().flatMap((item) => (isReference(item) ? [item['@id']] : []));
const isReference = (value: unknown): value is { '@id': string } =>
  typeof value === 'object' && value !== null && '@id' in value;
const actionOf = (graph: readonly Entity[]): Entity => {
  const [id] = idsOf(entity(graph, './')['mentions']);
  return entity(graph, id ?? '');
};

/** The shapes' own rule for times: no `Z`, milliseconds or nothing. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?\+\d\d:\d\d$/;
/** What may be referred to without being described: other vocabularies. */
const OUTSIDE = /^https:\/\/(w3id\.org\/ro\/(crate|terms)|bioschemas\.org)\//;

/** The musts of RO-Crate 1.1 and of Process Run Crate 0.5 that a graph alone can show. */
function faultsOf(metadata: Readonly<Record<string, unknown>>): string[] {
  const graph = graphOf(metadata);
  const ids = graph.map((item) => item['@id']);
  const root = entity(graph, './');
  const action = actionOf(graph);
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  must(new Set(ids).size === ids.length, 'an id is used twice');
  for (const item of graph) {
    must(item['@type'] !== '', `${item['@id']} has no type`);
    for (const [property, value] of Object.entries(item))
      for (const id of idsOf(value))
        must(ids.includes(id) || OUTSIDE.test(id), `${item['@id']} ${property} leads to no ${id}`);
    for (const value of Object.values(item).flat())
      must(
        typeof value !== 'object' || value === null || Object.keys(value).join() === '@id',
        `${item['@id']} is not flat`,
      );
  }
  for (const property of ['name', 'description', 'datePublished', 'license', 'author'])
    must(root[property] !== undefined, `the root has no ${property}`);
  must(idsOf(root['conformsTo'])[0] === 'https://w3id.org/ro/wfrun/process/0.5', 'wrong profile');
  const data = graph.filter((item) => ['File', 'Dataset'].includes(item['@type']) && item !== root);
  for (const item of data)
    must(idsOf(root['hasPart']).includes(item['@id']), `${item['@id']} is no part`);
  must(action['@type'] === 'CreateAction', 'no action');
  must(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(
      action['@id'],
    ),
    'no UUID',
  );
  for (const property of ['startTime', 'endTime'])
    must(TIME.test(String(action[property])), `${property} is ${String(action[property])}`);
  const status = action['actionStatus'];
  must(
    status === 'http://schema.org/CompletedActionStatus' ||
      status === 'http://schema.org/FailedActionStatus',
    `status ${JSON.stringify(status)}`,
  );
  must(
    'error' in action === (status === 'http://schema.org/FailedActionStatus'),
    'an error goes with a failure and nothing else',
  );
  const [tool] = idsOf(action['instrument']);
  must(entity(graph, tool ?? '')['@type'] === 'SoftwareApplication', 'no tool');
  return faults;
}

describe('a complete run', () => {
  const crate = crateFiles(exampleRun(), { logs: { stdout: '/r/out.log', stderr: '/r/err.log' } });
  const graph = graphOf(crate.metadata);

  test('keeps the musts of the profile', () => {
    expect(faultsOf(crate.metadata)).toEqual([]);
  });

  test('names what ran, with what, on what, and what came of it', () => {
    const action = actionOf(graph);
    expect(action).toMatchObject({
      name: 'Run 20261121-101500-abcde of tissue-detect',
      description: `python run.py --private_key '*****' --title 'it'"'"'s one' --block 951.0`,
      startTime: '2026-11-21T10:15:24.500+00:00',
      endTime: '2026-11-21T10:15:30.123+00:00',
      actionStatus: 'http://schema.org/CompletedActionStatus',
    });
    expect(idsOf(action['object'])).toEqual([
      'inputs/in/',
      'inputs/m.bin',
      'inputs/2-m.bin',
      '#param-host',
      '#param-private_key',
      '#param-block',
      '#param-note',
      'descriptor.json',
    ]);
    expect(idsOf(action['result'])).toEqual(['outputs/sub%20folder/mask%20%231.tif']);
    expect(entity(graph, '#image')).toEqual({
      '@id': '#image',
      '@type': 'ContainerImage',
      additionalType: { '@id': 'https://w3id.org/ro/terms/workflow-run#DockerImage' },
      registry: 'registry.example.org:5000',
      name: 'cytomine/tissue-detect',
      tag: '1.2.0',
      sha256: 'd'.repeat(64),
    });
    expect(entity(graph, '#param-block')).toMatchObject({
      value: '951.0',
      exampleOfWork: { '@id': '#input-block' },
    });
    expect(entity(graph, '#input-block')).toMatchObject({ additionalType: 'Number' });
    expect(entity(graph, '#env-OMP_NUM_THREADS')).toMatchObject({ value: '2' });
    expect(idsOf(action['resourceUsage']).map((id) => entity(graph, id)['value'])).toEqual([
      '312000000',
      '12.34',
      '15',
    ]);
    expect(entity(graph, 'https://example.org/tissue-detect#1.2.0')).toMatchObject({
      softwareVersion: '1.2.0',
      url: 'https://example.org/tissue-detect',
    });
  });

  test('lists each file once, with where it comes from', () => {
    expect(
      crate.files.map(({ target, ...from }) => [target, 'source' in from ? from.source : 'text']),
    ).toEqual([
      ['descriptor.json', 'text'],
      ['run-record.json', 'text'],
      ['inputs/in', '/home/ada/slides/in'],
      ['inputs/m.bin', '/home/ada/m.bin'],
      ['inputs/2-m.bin', '/home/bob/m.bin'],
      ['outputs/sub folder/mask #1.tif', '/home/ada/slides/out/sub folder/mask #1.tif'],
      ['logs/stdout.log', '/r/out.log'],
      ['logs/stderr.log', '/r/err.log'],
    ]);
    expect(entity(graph, 'inputs/2-m.bin')).toMatchObject({ alternateName: '/home/bob/m.bin' });
  });

  test('has one identity, however often it is exported', () => {
    expect(roCrate(exampleRun())).toEqual(roCrate(exampleRun()));
    expect(actionOf(graph)['@id']).not.toBe(
      actionOf(graphOf(roCrate({ ...exampleRun(), runId: 'other' })))['@id'],
    );
  });

  test('says nothing about rights unless told, and whom it is told', () => {
    expect(idsOf(entity(graph, './')['license'])).toEqual(['#license-not-stated']);
    const told = roCrate(exampleRun(), {
      license: 'CC-BY-4.0',
      agent: { id: 'https://orcid.org/0000-0002-1825-0097', name: 'Josiah Carberry' },
      organization: { id: 'https://ror.org/01', name: 'Brown' },
    });
    expect(faultsOf(told)).toEqual([]);
    expect(entity(graphOf(told), './')).toMatchObject({
      license: { '@id': 'https://spdx.org/licenses/CC-BY-4.0' },
      author: { '@id': 'https://orcid.org/0000-0002-1825-0097' },
      publisher: { '@id': 'https://ror.org/01' },
    });
  });

  test('can leave its inputs where they are', () => {
    const crate = crateFiles(exampleRun(), { inputs: 'refer' });
    expect(crate.files.filter(({ target }) => target.startsWith('inputs/'))).toEqual([]);
    expect(entity(graphOf(crate.metadata), 'file:///home/ada/m.bin')).toMatchObject({
      '@type': 'File',
    });
    expect(faultsOf(crate.metadata)).toEqual([]);
  });
});

test('an app without a version has that of its image, and without a URL its descriptor tells it', () => {
  const record = exampleRun();
  const { version: _version, ...app } = record.app;
  const graph = graphOf(roCrate({ ...record, app: { ...app, descriptorText: 'not JSON' } }));
  expect(graph.find((item) => item['@type'] === 'SoftwareApplication')).toMatchObject({
    '@id': 'ni:///sha-256;qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo',
    softwareVersion: '1.2.0',
  });
});

test('a failed run says so, and why', () => {
  const metadata = roCrate(exampleRun('EXECUTOR_ERROR'));
  expect(faultsOf(metadata)).toEqual([]);
  expect(actionOf(graphOf(metadata))).toMatchObject({
    actionStatus: 'http://schema.org/FailedActionStatus',
    error: 'app-exit: the app ended with exit code 1',
  });
});

test('a run that has not ended is no crate', () => {
  expect(() => roCrate(exampleRun('RUNNING'))).toThrow(
    expect.objectContaining({ code: 'run-active' }) as Error,
  );
});

test('any settled run keeps the musts', () => {
  const settled = eventLog.map(foldEvents).filter(({ state }) => isTerminal(state));
  fc.assert(
    fc.property(settled, (record) => {
      const crate = crateFiles(record);
      expect(faultsOf(crate.metadata)).toEqual([]);
      expect(new Set(crate.files.map(({ target }) => target)).size).toBe(crate.files.length);
    }),
    { numRuns: 100 },
  );
});

const EXAMPLE = new URL('../../../shared/example-crate/ro-crate-metadata.json', import.meta.url);

test.skipIf(!existsSync(EXAMPLE))(
  'a crate that passes the shapes of the profile passes the rules here, and uses no type that ours lacks',
  () => {
    const example = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as Record<string, unknown>;
    const ours = graphOf(
      crateFiles(exampleRun(), { logs: { stdout: '/o', stderr: '/e' } }).metadata,
    );
    expect(example['@context']).toEqual(roCrate(exampleRun())['@context']);
    const types = (graph: readonly Entity[]): string[] => [
      ...new Set(graph.map((item) => item['@type'])),
    ];
    expect(types(ours)).toEqual(expect.arrayContaining(types(graphOf(example))));
    const action = graphOf(example).find((item) => item['@type'] === 'CreateAction');
    expect(Object.keys(actionOf(ours))).toEqual(expect.arrayContaining(Object.keys(action ?? {})));
  },
);
