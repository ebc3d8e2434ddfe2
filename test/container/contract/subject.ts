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
  /** How a program of its own makes this engine (`test/support/engine-program.ts`). */
  readonly opener: EngineOpener;
  /** Reference of the image of `apps/probe`. */
  readonly image: string;
  /** The probe's own file, for an engine without images: it stands before the verbs. */
  readonly program?: readonly string[];
  /** Who the apps run as; an ordinary user unless the engine has no choice. */
  readonly user?: User;
}

/** Names a function of a module that makes an engine: `export` is called with `options`, which are JSON. */
export interface EngineOpener {
  /** Absolute file URL. */
  readonly module: string;
  readonly export: string;
  readonly options?: unknown;
}

interface User {
  readonly uid: number;
  readonly gid: number;
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
  readonly opener: EngineOpener;
  readonly user: User;
  readonly ownerLabel = `contract ${randomUUID()}`;
  readonly #imageId: string;
  readonly #program: readonly string[] | undefined;

  private constructor(underTest: EngineUnderTest, imageId: string) {
    this.engine = underTest.engine;
    this.another = underTest.another;
    this.opener = underTest.opener;
    this.user = underTest.user ?? ORDINARY_USER;
    this.#imageId = imageId;
    this.#program = underTest.program;
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
      ...this.#command(argv, changes.entrypoint ?? 'image'),
      environment: {},
      workingDirectory: '/',
      user: this.user,
      mounts: [],
      readOnlyRoot: true,
      network: 'none',
      limits: { pids: 200 },
      ...withoutEntrypoint(changes),
    };
  }

  #command(
    argv: readonly string[],
    entrypoint: ContainerSpec['entrypoint'],
  ): Pick<ContainerSpec, 'entrypoint' | 'argv'> {
    if (entrypoint === 'replaced' || this.#program === undefined) return { entrypoint, argv };
    return { entrypoint: 'replaced', argv: [...this.#program, ...argv] };
  }

  /** Where an app sees a folder of this machine: without a container nowhere else. */
  seenAt(source: string, target: string): string {
    return this.#program === undefined ? target : source;
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

const withoutEntrypoint = ({
  entrypoint: _decided,
  ...changes
}: Partial<ContainerSpec>): Partial<ContainerSpec> => changes;

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
