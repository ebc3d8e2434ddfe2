import {
  foldEvents,
  type CreatedFacts,
  type EventBody,
  type RunRecord,
} from '../../src/runner/index.ts';
import { createdFacts, plainOptions } from './run-values.ts';

const sha = (digit: string): string => digit.repeat(64);

/** A run of a Cytomine app as it is recorded, complete or failed, with something in every place. */
export function exampleRun(
  ending: 'COMPLETE' | 'EXECUTOR_ERROR' | 'RUNNING' = 'COMPLETE',
): RunRecord {
  const failed = ending === 'EXECUTOR_ERROR';
  const bodies: EventBody[] = [
    { type: 'created', ...created },
    { type: 'state', state: 'INITIALIZING' },
    { type: 'phase', phase: 'stage' },
    { type: 'phase', phase: 'pull' },
    image,
    container,
    { type: 'phase', phase: 'create' },
    { type: 'state', state: 'RUNNING' },
    { type: 'phase', phase: 'run' },
    { type: 'progress', percent: 40, message: 'Detecting' },
    ...(ending === 'RUNNING' ? [] : endOf(failed)),
  ];
  return foldEvents(
    bodies.map((body, index) => ({
      ...body,
      runId: '20261121-101500-abcde',
      seq: index + 1,
      at: new Date(Date.UTC(2026, 10, 21, 10, 15, index * 3, 120)).toISOString(),
    })),
  );
}

const created: CreatedFacts = createdFacts({
  app: {
    name: 'tissue-detect',
    version: '1.2.0',
    dialect: 'cytomine-0.1',
    descriptorPath: '/home/ada/apps/tissue-detect/descriptor.json',
    descriptorText: '{"name": "tissue-detect", "url": "https://example.org/tissue-detect"}',
    descriptorSha256: sha('a'),
  },
  parameters: [
    { inputId: 'host', type: 'String', value: 'h', source: 'server', secret: false },
    { inputId: 'private_key', type: 'String', value: '*****', source: 'server', secret: true },
    {
      inputId: 'block',
      type: 'Number',
      value: { kind: 'number', text: '951.0', value: 951 },
      source: 'default',
      secret: false,
    },
    {
      inputId: 'note',
      type: 'String',
      value: `a value\nwith a line feed and \u001b[31mred\u001b[0m, ${'long '.repeat(20)}`,
      source: 'user',
      secret: false,
    },
    { inputId: 'model', type: 'File', value: '/home/ada/m.bin', source: 'user', secret: false },
  ],
  folders: { inFolder: '/home/ada/slides/in', outFolder: '/home/ada/slides/out' },
  options: { ...plainOptions, network: 'bridge', memoryBytes: 4e9, timeoutMs: 900_000 },
});

const image: EventBody = {
  type: 'image',
  reference: 'registry.example.org:5000/cytomine/tissue-detect:1.2.0',
  id: `sha256:${sha('c')}`,
  digest: `sha256:${sha('d')}`,
  platform: 'linux/amd64',
  sizeBytes: 312_400_000,
  pulled: true,
};

const container: EventBody = {
  type: 'container',
  name: 'cyto-run-20261121-101500-abcde-1',
  attempt: 1,
  engine: { name: 'docker', version: '20.10.24' },
  entrypoint: 'image',
  argv: ['python', 'run.py', '--private_key', '*****', '--title', "it's one", '--block', '951.0'],
  environment: { HOME: '/cyto/home', OMP_NUM_THREADS: '2' },
  workingDirectory: '/cyto/work',
  mounts: [{ source: '/home/ada/slides/in', target: '/cyto/in', readOnly: true }],
  limits: { memoryBytes: 4e9, pids: 2_048 },
  security: {
    network: 'bridge',
    readOnlyRoot: true,
    user: { uid: 1000, gid: 1000 },
    capabilitiesDropped: 'all',
    noNewPrivileges: true,
  },
  expectedOutputs: [],
};

const endOf = (failed: boolean): EventBody[] => [
  {
    type: 'inputs',
    inputs: [
      {
        inputId: 'in',
        path: '/home/ada/slides/in',
        kind: 'folder',
        sizeBytes: 12_345,
        sha256: sha('1'),
      },
      { inputId: 'model', path: '/home/ada/m.bin', kind: 'file', sizeBytes: 9, sha256: sha('2') },
      { inputId: 'model', path: '/home/bob/m.bin', kind: 'file', sizeBytes: 8, sha256: sha('3') },
    ],
  },
  {
    type: 'exit',
    exitCode: failed ? 1 : 0,
    outOfMemory: false,
    startedAt: '2026-11-21T10:15:24.5Z',
    finishedAt: '2026-11-21T10:15:30.123456789Z',
    peakMemoryBytes: 312e6,
    cpuSeconds: 12.34,
  },
  { type: 'logs', stdoutBytes: 1_234, stderrBytes: 99 },
  { type: 'phase', phase: 'collect' },
  {
    type: 'outputs',
    partial: failed,
    outputs: [
      {
        outputId: 'out',
        path: 'sub folder/mask #1.tif',
        location: '/home/ada/slides/out/sub folder/mask #1.tif',
        kind: 'file',
        sizeBytes: 1_234_567,
        sha256: sha('7'),
        mediaType: 'image/tiff',
      },
    ],
  },
  ...(failed
    ? [
        { type: 'warning' as const, code: 'gpu-absent', message: 'no GPU here' },
        {
          type: 'failure' as const,
          failure: {
            code: 'app-exit' as const,
            message: 'the app ended with exit code 1',
            hint: 'Its whole output is in `cyto-run logs`.',
          },
        },
      ]
    : []),
  { type: 'state', state: failed ? 'EXECUTOR_ERROR' : 'COMPLETE' },
];
