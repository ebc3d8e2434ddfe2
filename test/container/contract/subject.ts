import { randomUUID } from 'node:crypto';

import type {
  ContainerEngine,
  ContainerSpec,
  ExitStatus,
  LogOffsets,
  StartedContainer,
} from '../../../src/container/index.ts';

/** An engine and what it takes to try it. */
export interface EngineUnderTest {
  readonly engine: ContainerEngine;
  /** As another process would reach the same engine: it knows nothing of what the first one started. */
  readonly another: () => ContainerEngine;
  /** Reference of the image of `apps/probe`. */
  readonly image: string;
}

/** What a container wrote and how it ended. */
export interface Ended {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exit: ExitStatus;
}

/** The report of the probe's `argv` verb. */
export interface ProbeReport {
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  readonly cwd: string;
  readonly home: string;
  readonly uid: number;
  readonly gid: number;
  readonly homeWritable: boolean;
  readonly cwdWritable: boolean;
  readonly tmpWritable: boolean;
  readonly rootReadOnly: boolean;
  readonly capabilities: string;
  readonly noNewPrivileges: boolean;
  readonly memoryLimit: string | null;
  readonly cpuQuota: string | null;
  readonly pidsLimit: string | null;
  readonly interfaces: string;
}

export const never = (): AbortSignal => new AbortController().signal;

/** Root may do what an ordinary user may not; the tests want the ordinary one. */
export const ORDINARY_USER = {
  uid: process.getuid?.() === 0 ? 1234 : (process.getuid?.() ?? 1234),
  gid: process.getgid?.() === 0 ? 2345 : (process.getgid?.() ?? 2345),
};

/** One engine with the probe's image, and short ways to run it. */
export class Subject {
  readonly engine: ContainerEngine;
  readonly another: () => ContainerEngine;
  readonly ownerLabel = `contract ${randomUUID()}`;
  readonly #imageId: string;

  private constructor({ engine, another }: EngineUnderTest, imageId: string) {
    this.engine = engine;
    this.another = another;
    this.#imageId = imageId;
  }

  static async of(setUp: () => Promise<EngineUnderTest>): Promise<Subject> {
    const underTest = await setUp();
    const request = { reference: underTest.image, pull: 'never' } as const;
    const { id } = await underTest.engine.resolveImage(request, never());
    return new Subject(underTest, id);
  }

  /** Safe defaults, as a run has them; the probe does what `argv` says. */
  spec(argv: readonly string[], changes: Partial<ContainerSpec> = {}): ContainerSpec {
    const runId = randomUUID();
    return {
      name: `cyto-run-${runId}-1`,
      runId,
      attempt: 1,
      ownerLabel: this.ownerLabel,
      image: this.#imageId,
      entrypoint: 'image',
      argv,
      environment: {},
      workingDirectory: '/',
      user: ORDINARY_USER,
      mounts: [],
      readOnlyRoot: true,
      network: 'none',
      limits: { pids: 200 },
      ...changes,
    };
  }

  start(argv: readonly string[], changes: Partial<ContainerSpec> = {}): Promise<StartedContainer> {
    return this.engine.start(this.spec(argv, changes), never());
  }

  /** Runs to the end and removes. */
  async run(argv: readonly string[], changes: Partial<ContainerSpec> = {}): Promise<Ended> {
    await using container = await this.start(argv, changes);
    return await endOf(container);
  }

  /** Runs the probe's report. */
  async report(
    argv: readonly string[] = [],
    changes: Partial<ContainerSpec> = {},
  ): Promise<ProbeReport> {
    const { stdout } = await this.run(['argv', ...argv], changes);
    return JSON.parse(stdout.toString()) as ProbeReport;
  }
}

/** Reads a container to its end. */
export async function endOf(container: StartedContainer, from?: LogOffsets): Promise<Ended> {
  const streams = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for await (const { stream, bytes } of container.output(from)) streams[stream].push(bytes);
  return {
    stdout: Buffer.concat(streams.stdout),
    stderr: Buffer.concat(streams.stderr),
    exit: await container.wait(),
  };
}

/** Reads until the app has written `text` to stdout; the rest stays to be read by what is returned. */
export async function untilSaid(
  container: StartedContainer,
  text: string,
): Promise<AsyncIterator<{ bytes: Uint8Array }>> {
  const output = container.output()[Symbol.asyncIterator]();
  let said = '';
  while (!said.includes(text)) {
    const next = await output.next();
    if (next.done === true) throw new Error(`the app ended having said only "${said}"`);
    said += Buffer.from(next.value.bytes).toString();
  }
  return output;
}
