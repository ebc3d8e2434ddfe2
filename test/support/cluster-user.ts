import { expect } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { startCli, type CliResult, type RunningCli } from './cli.ts';
import { frailCluster, type FrailCluster, type FrailParts } from './frail-cluster.ts';
import { probeSif } from './probe-sif.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const PROBE = new URL('../../apps/probe/descriptor.json', import.meta.url).pathname;

export const verbs = (...words: readonly string[]): string[] =>
  words.flatMap((word) => ['--param', `verbs=${word}`]);

/** Somebody at the command line of a real cluster, with a home of their own. */
export class ClusterUser {
  readonly cluster: FrailCluster;
  readonly sif: string;
  /** The data folder. */
  readonly home: string;
  readonly #folder: AsyncDisposable;

  private constructor(
    cluster: FrailCluster,
    sif: string,
    folder: Awaited<ReturnType<typeof temporaryFolder>>,
  ) {
    this.cluster = cluster;
    this.sif = sif;
    this.home = folder.path;
    this.#folder = folder;
  }

  /** With a cluster of their own, whose nodes are well but for what is said of them; both go when it is disposed of. */
  static async withCluster(parts?: FrailParts): Promise<ClusterUser> {
    return new ClusterUser(await frailCluster(parts), await probeSif(), await temporaryFolder());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  start(...args: readonly string[]): RunningCli {
    const env = { ...this.cluster.env, CYTO_RUN_ENGINE: 'slurm' };
    return startCli(args, { home: this.home, env });
  }

  ask(...args: readonly string[]): Promise<CliResult> {
    return this.start(...args).ended;
  }

  /** Runs the probe in the foreground. */
  run(...args: readonly string[]): RunningCli {
    return this.start(PROBE, '--use-image', this.sif, '--json', ...args);
  }

  /** What a command that was asked for JSON printed. */
  async read<Document>(...args: readonly string[]): Promise<Document> {
    const { stdout, stderr } = await this.ask(...args, '--json');
    expect(stdout, stderr).not.toBe('');
    return JSON.parse(stdout) as Document;
  }

  /** The newest run's record, once it is so. */
  async until(isSo: (record: RunRecord) => boolean): Promise<RunRecord> {
    for (;;) {
      const { stdout } = await this.ask('show', 'last', '--json');
      const record = stdout === '' ? undefined : (JSON.parse(stdout) as RunRecord);
      if (record !== undefined && isSo(record)) return record;
    }
  }

  /** The newest run's app has written just that to stdout. */
  async untilSaid(text: string): Promise<void> {
    while ((await this.ask('logs', 'last', '--stream', 'stdout')).stdout !== text);
  }

  /** The scheduler hears of an end a moment after us. */
  async untilNoJob(): Promise<void> {
    while ((await this.cluster.slurm('squeue', '--noheader', '--states=PENDING,RUNNING')) !== '');
  }

  /** The newest run's record, once its app runs in that attempt. */
  untilRunning(attempt = 1): Promise<RunRecord> {
    return this.until(
      ({ state, container }) => state === 'RUNNING' && container?.attempt === attempt,
    );
  }
}

export const recordOf = ({ stdout, stderr }: CliResult): RunRecord => {
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout) as RunRecord;
};
