import fc, { type Arbitrary } from 'fast-check';
import { ENGINE_PROMISES, type EnginePromise, type Limitation } from '../../src/container/index.ts';
import {
  FAILURE_CODES,
  nextStates,
  RUN_PHASES,
  type BatchPlace,
  type ContainerFacts,
  type CreatedFacts,
  type EventBody,
  type ExitFacts,
  type Failure,
  type ImageFacts,
  type InputFacts,
  type InputOrigin,
  type NextAttempt,
  type OutputFacts,
  type QueuePlace,
  type RecordedParameter,
  type RetryOptions,
  type SchedulerOption,
  type RunEvent,
  type RunOptions,
  type RunState,
} from '../../src/runner/index.ts';

/** One arbitrary for each property, the optional ones too: a new property does not compile without one. */
type Shape<Value> = { [Key in keyof Required<Value>]: Arbitrary<NonNullable<Value[Key]>> };

/** Objects of a shape in which any of the optional properties may be absent. */
const facts = <Value extends object>(
  shape: Shape<Value>,
  optional: readonly (keyof Value)[] = [],
): Arbitrary<Value> =>
  fc.record(shape, {
    requiredKeys: (Object.keys(shape) as (keyof Value)[]).filter((key) => !optional.includes(key)),
  });

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const id = fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/);
const path = fc.array(id, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
const bytes = fc.nat();
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const time = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const names = fc.dictionary(id, text, { maxKeys: 3, noNullPrototype: true });
const kind = fc.constantFrom('file' as const, 'folder' as const);
const PROMISES = Object.keys(ENGINE_PROMISES) as EnginePromise[];
const engine = fc.constantFrom('docker' as const, 'podman' as const, 'apptainer' as const);
const network = fc.constantFrom('none' as const, 'bridge' as const, 'host' as const);
const user = fc.oneof(
  fc.constant('image' as const),
  fc.record({ uid: fc.nat(), gid: fc.nat() }, { noNullPrototype: true }),
);
const gpus = fc.oneof(fc.constant('all' as const), fc.integer({ min: 1, max: 8 }));
const cpus = fc.double({ min: 0.1, max: 128, noNaN: true });
const mount = facts<ContainerFacts['mounts'][number]>({
  source: path,
  target: path,
  readOnly: fc.boolean(),
});
const scalar = fc.oneof(
  text,
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({
    kind: 'number' as const,
    text: String(value),
    value: Object.is(value, -0) ? 0 : value,
  })),
);

export const recordedParameter = facts<RecordedParameter>({
  inputId: id,
  type: fc.constantFrom('String', 'Number', 'File', 'Flag', 'ListDomain'),
  value: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
  source: fc.constantFrom('user', 'server', 'default'),
  secret: fc.boolean(),
});

export const runOptions = facts<RunOptions>(
  {
    engine,
    engineReason: text,
    asked: fc.subarray(PROMISES),
    cluster: id,
    scheduler: fc.array(facts<SchedulerOption>({ name: id, value: text, source: text }), {
      maxLength: 2,
    }),
    imageOverride: text,
    pinnedImage: text,
    pull: fc.constantFrom('missing', 'always', 'never'),
    build: fc.boolean(),
    network,
    user,
    readOnlyRoot: fc.boolean(),
    memoryBytes: bytes,
    cpus,
    pids: fc.integer({ min: 1, max: 9_999 }),
    gpus,
    gpusOptional: fc.boolean(),
    timeoutMs: bytes,
    retry: facts<RetryOptions>(
      {
        attempts: fc.nat({ max: 5 }),
        memoryMaxBytes: bytes,
        memoryFactor: fc.double({ min: 1.1, max: 4, noNaN: true }),
      },
      ['memoryMaxBytes'],
    ),
    stopGraceMs: bytes,
    environment: names,
    mounts: fc.array(mount, { maxLength: 2 }),
  },
  [
    'engineReason',
    'asked',
    'cluster',
    'scheduler',
    'imageOverride',
    'pinnedImage',
    'memoryBytes',
    'cpus',
    'pids',
    'gpus',
    'gpusOptional',
    'timeoutMs',
    'retry',
  ],
);

const queuePlace = facts<QueuePlace>(
  {
    submitter: id,
    priority: fc.integer({ min: -100, max: 100 }),
    held: facts<NonNullable<QueuePlace['held']>>({ by: id, reason: text }, ['reason']),
    since: time,
    deadline: time,
    notBefore: time,
    batchAtOnce: fc.integer({ min: 1, max: 9 }),
  },
  ['held', 'since', 'deadline', 'notBefore', 'batchAtOnce'],
);

const inputOrigin = fc.oneof(
  fc.record({ name: text }, { noNullPrototype: true }),
  facts<Extract<InputOrigin, { readonly url: string }>>(
    { url: fc.webUrl(), queryLeftOut: fc.constant(true as const) },
    ['queryLeftOut'],
  ),
);

export const createdFactsOf = facts<CreatedFacts>(
  {
    app: facts<CreatedFacts['app']>(
      {
        name: text,
        version: text,
        dialect: fc.constantFrom('cytomine-0.1', 'boutiques-0.5'),
        descriptorPath: path,
        descriptorText: text,
        descriptorSha256: sha256,
      },
      ['version'],
    ),
    parameters: fc.uniqueArray(recordedParameter, {
      maxLength: 4,
      selector: ({ inputId }) => inputId,
    }),
    folders: facts<CreatedFacts['folders']>({ inFolder: path, outFolder: path, gtFolder: path }, [
      'inFolder',
      'outFolder',
      'gtFolder',
    ]),
    options: runOptions,
    inputSources: fc.array(path, { maxLength: 2 }),
    inputOrigins: fc.array(
      fc.record({ inputId: id, path, origin: inputOrigin }, { noNullPrototype: true }),
      { maxLength: 2 },
    ),
    callerFolder: path,
    rerunOf: id,
    batch: facts<BatchPlace>({ id, item: text, index: fc.nat({ max: 999 }) }),
    queue: queuePlace,
    traceparent: fc.constant(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`),
    runnerVersion: fc.constant('0.1.0'),
    host: id,
    user: id,
  },
  ['inputSources', 'inputOrigins', 'rerunOf', 'batch', 'queue', 'traceparent'],
);

const image = facts<ImageFacts>(
  {
    reference: fc.constantFrom('demo:1', 'registry.example.org:5000/a/b:2', 'a/b'),
    id: sha256.map((hex) => `sha256:${hex}`),
    digest: sha256.map((hex) => `sha256:${hex}`),
    manifestDigest: sha256.map((hex) => `sha256:${hex}`),
    sha256,
    platform: fc.constant('linux/amd64'),
    sizeBytes: bytes,
    pulled: fc.boolean(),
  },
  ['digest', 'manifestDigest', 'sha256'],
);

const container = facts<ContainerFacts>(
  {
    name: id,
    attempt: fc.integer({ min: 1, max: 3 }),
    engine: fc.record({ name: engine, version: text }, { noNullPrototype: true }),
    entrypoint: fc.constantFrom('image', 'replaced'),
    argv: fc.array(text, { maxLength: 4 }),
    shellLine: text,
    environment: names,
    workingDirectory: path,
    mounts: fc.array(mount, { maxLength: 2 }),
    limits: facts<ContainerFacts['limits']>({ memoryBytes: bytes, cpus, pids: bytes, gpus }, [
      'memoryBytes',
      'cpus',
      'gpus',
    ]),
    security: facts<ContainerFacts['security']>({
      network,
      readOnlyRoot: fc.boolean(),
      user,
      capabilitiesDropped: fc.constant('all'),
      noNewPrivileges: fc.constant(true),
    }),
    limitations: fc.dictionary(
      fc.constantFrom(...PROMISES),
      facts<Limitation>({ kept: fc.constantFrom('partly', 'not'), sentence: text, hint: text }, [
        'hint',
      ]),
      { maxKeys: 2, noNullPrototype: true },
    ),
    expectedOutputs: fc.array(
      facts<ContainerFacts['expectedOutputs'][number]>({
        id,
        name: text,
        path: text,
        list: fc.boolean(),
        optional: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
  },
  ['shellLine', 'limitations'],
);

export const inputFactsOf = facts<InputFacts>(
  { inputId: id, path, kind, sizeBytes: bytes, sha256, origin: inputOrigin },
  ['origin'],
);

export const outputFactsOf = facts<OutputFacts>({
  outputId: id,
  path: path.map((absolute) => absolute.slice(1)),
  location: path,
  kind,
  sizeBytes: bytes,
  sha256,
  mediaType: fc.constantFrom('image/tiff', 'text/csv'),
});

const exit = facts<ExitFacts>(
  {
    exitCode: fc.integer({ min: 0, max: 255 }),
    outOfMemory: fc.boolean(),
    neverRan: text,
    startedAt: time,
    finishedAt: time,
    peakMemoryBytes: bytes,
    cpuSeconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
    node: id,
    ending: facts<NonNullable<ExitFacts['ending']>>(
      {
        code: fc.constantFrom(
          'time-limit',
          'node-failed',
          'preempted',
          'canceled',
          'image-pull-failed',
          'staging-failed',
          'disk-full',
          'engine-lost',
        ),
        message: text,
        hint: text,
      },
      ['hint'],
    ),
  },
  ['neverRan', 'startedAt', 'finishedAt', 'peakMemoryBytes', 'cpuSeconds', 'node', 'ending'],
);

const failure = facts<Failure>(
  { code: fc.constantFrom(...FAILURE_CODES), message: text, hint: text },
  ['hint'],
);

/** Everything but `created` and `state`, whose order is not free. */
const anyBody: Arbitrary<EventBody> = fc.oneof(
  fc.constantFrom(...RUN_PHASES).map((phase) => ({ type: 'phase' as const, phase })),
  image.map((given) => ({ type: 'image' as const, ...given })),
  container.map((given) => ({ type: 'container' as const, ...given })),
  fc.array(inputFactsOf, { maxLength: 2 }).map((inputs) => ({ type: 'inputs' as const, inputs })),
  facts<{ percent: number; message?: string }>(
    { percent: fc.integer({ min: 0, max: 100 }), message: text },
    ['message'],
  ).map((given) => ({ type: 'progress' as const, ...given })),
  fc
    .constantFrom('user' as const, 'platform' as const, 'shutdown' as const, 'time-limit' as const)
    .map((cause) => ({ type: 'stop-requested' as const, cause })),
  exit.map((given) => ({ type: 'exit' as const, ...given })),
  fc
    .tuple(bytes, bytes)
    .map(([stdoutBytes, stderrBytes]) => ({ type: 'logs' as const, stdoutBytes, stderrBytes })),
  fc
    .tuple(
      fc.uniqueArray(outputFactsOf, { maxLength: 3, selector: (output) => output.path }),
      fc.boolean(),
    )
    .map(([outputs, partial]) => ({ type: 'outputs' as const, outputs, partial })),
  fc.tuple(id, text).map(([code, message]) => ({ type: 'warning' as const, code, message })),
  failure.map((given) => ({ type: 'failure' as const, failure: given })),
  fc.tuple(id, text).map(([code, message]) => ({ type: 'waiting' as const, code, message })),
  queuePlace.map((queue) => ({ type: 'queue' as const, queue })),
  fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      failure,
      facts<NextAttempt>(
        {
          attempt: fc.integer({ min: 2, max: 4 }),
          notBefore: time,
          excludedNodes: fc.array(id, { maxLength: 2 }),
          memoryBytes: bytes,
        },
        ['memoryBytes'],
      ),
    )
    .map(([attempt, given, next]) => ({
      type: 'attempt-failed' as const,
      attempt,
      failure: given,
      next,
    })),
);

/** Logs of runs that may really be: states follow the table, numbers have no gaps, time goes on. */
export const eventLog: Arbitrary<readonly RunEvent[]> = fc
  .tuple(
    createdFactsOf,
    fc.array(fc.oneof(anyBody, fc.nat({ max: 9 })), { maxLength: 16 }),
    fc.nat({ max: 86_400_000 }),
  )
  .map(([created, steps, stepMs]) => {
    let state: RunState = 'QUEUED';
    const bodies: EventBody[] = [{ type: 'created', ...created }];
    for (const step of steps) {
      if (typeof step !== 'number') {
        bodies.push(step);
        continue;
      }
      const choices = nextStates(state);
      const next = choices[step % Math.max(1, choices.length)];
      if (next === undefined) continue;
      state = next;
      bodies.push({ type: 'state', state });
    }
    return bodies.map((body, index) => ({
      ...body,
      runId: 'run-1',
      seq: index + 1,
      at: new Date(Date.UTC(2026, 0, 1) + index * stepMs).toISOString(),
    }));
  });
