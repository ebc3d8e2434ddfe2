import { cp, readdir, rm, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { messageOf, RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ContainerSpec, Mount } from '../engine.ts';
import { askOnce, type Cluster } from './cluster.ts';
import { SingleFlight } from '../images/single-flight.ts';
import { ContentMemory, type Content } from './content-key.ts';
import { HostUnreachable, textOf, type HostStep } from './host.ts';
import { jobFiles } from './layout.ts';

/** A folder or file of ours, and where a cluster without our file system has it. */
export interface Copied {
  readonly here: string;
  readonly there: string;
  /** Permissions of a folder; absent: it is a file. */
  readonly folderMode?: number;
}

export interface StagedSpec {
  /** With the paths that the nodes know. */
  readonly spec: ContainerSpec;
  /** What the app may change, and is copied back when it has ended. */
  readonly copied: readonly Copied[];
}

/**
 * Brings what a job needs onto a cluster that does not see our files: image and inputs once, by the
 * checksum of their content; what the app may write to, as it is now. A copy that broke off goes on
 * where it was. Throws `engine-refused` when the name is taken, `staging-failed`, `engine-unavailable`.
 */
export async function stageSpec(
  cluster: Cluster,
  spec: ContainerSpec,
  { copies, signal }: { readonly copies: Copies; readonly signal: AbortSignal },
): Promise<StagedSpec> {
  const { work } = cluster;
  const readOnly = [spec.image, ...spec.mounts.filter((mount) => mount.readOnly).map(sourceOf)];
  const contents = await Promise.all(
    [...new Set(readOnly)].map((path) => copies.contentOf(path, signal)),
  );
  for (const content of contents) await copies.bring(content, signal);
  const copied = await sendWritable(cluster, spec, signal);
  const thereOf = new Map([
    ...contents.map(({ path, key }) => [path, posix.join(work.copies, key)] as const),
    ...copied.map(({ here, there }) => [here, there] as const),
  ]);
  const there = (path: string): string => thereOf.get(path) ?? path;
  const mounts = spec.mounts.map((mount): Mount => ({ ...mount, source: there(mount.source) }));
  return { spec: { ...spec, image: there(spec.image), mounts }, copied };
}

/** What the app will write to, as it is now: folders, most often with nothing in them. */
async function sendWritable(
  cluster: Cluster,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<readonly Copied[]> {
  const { mounts, folder } = jobFiles(cluster.work, spec.name);
  const sources = spec.mounts.filter((mount) => !mount.readOnly).map(sourceOf);
  const copied = await Promise.all(
    sources.map(async (here, index): Promise<Copied> => {
      const found = await stat(here);
      const there = posix.join(mounts, String(index));
      return { here, there, ...(found.isDirectory() ? { folderMode: found.mode & 0o777 } : {}) };
    }),
  );
  const full = await Promise.all(copied.map(async (pair) => !(await isEmpty(pair))));
  const sent = copied.filter((_, index) => full[index] === true);
  if (sent.length === 0) return copied;
  const [taken] = await askOnce(cluster, [
    { do: 'list', folder },
    { do: 'make-folder', path: mounts, fresh: false },
  ]);
  if (taken?.exitCode === 0)
    throw new RunnerError('engine-refused', `there is a job of that name already: ${folder}`);
  try {
    for (const { here, there, folderMode } of sent)
      await (folderMode === undefined
        ? cluster.host.put(here, there, signal)
        : cluster.host.put(`${here}/`, `${there}/`, signal));
  } catch (error) {
    // No job knows of it, so nobody else would remove it.
    await askOnce(cluster, [{ do: 'remove', path: mounts }]).catch(() => undefined);
    throw error;
  }
  return copied;
}

const isEmpty = async ({ here, folderMode }: Copied): Promise<boolean> =>
  folderMode !== undefined && (await readdir(here)).length === 0;

const sourceOf = ({ source }: Mount): string => source;

/** What lies on a cluster by its content, and what is on its way there: each goes once, whoever wants it. */
export class Copies {
  readonly #cluster: Cluster;
  readonly #there: Set<string>;
  readonly #flights = new SingleFlight<void, never>();
  readonly #contents = new ContentMemory();

  /** `there`: keys of what was there when the cluster was asked. */
  constructor(cluster: Cluster, there: Iterable<string>) {
    this.#cluster = cluster;
    this.#there = new Set(there);
  }

  contentOf(path: string, signal: AbortSignal): Promise<Content> {
    return this.#contents.of(path, signal);
  }

  /** Brings it there unless it is. Throws `staging-failed`, `engine-unavailable`, the signal's reason. */
  async bring(content: Content, signal: AbortSignal): Promise<void> {
    if (this.#there.has(content.key)) return;
    const begin = (_: unknown, until: AbortSignal): Promise<void> =>
      bring(this.#cluster, content, until);
    await this.#flights.join(content.key, begin, { signal, onProgress: undefined });
    this.#there.add(content.key);
  }
}

/** Copies, checks and only then gives it its name: whoever sees that name sees all of it. */
async function bring(cluster: Cluster, content: Content, signal: AbortSignal): Promise<void> {
  const { key, path, isFolder, checksums } = content;
  const target = posix.join(cluster.work.copies, key);
  const part = posix.join(cluster.work.copies, `part-${key}`);
  const inside = isFolder ? part : posix.join(part, key);
  await askOnce(cluster, [{ do: 'make-folder', path: part, fresh: false }]);
  for (let tries = 1; ; tries += 1) {
    try {
      await cluster.host.put(
        isFolder ? `${path}/` : path,
        isFolder ? `${inside}/` : inside,
        signal,
      );
      break;
    } catch (error) {
      if (!(error instanceof HostUnreachable) || tries >= LIMITS.slurmTriesMin)
        throw failed(path, error);
      await cluster.clock.sleep(LIMITS.slurmRetryMs * 2 ** tries, signal);
    }
  }
  const check: HostStep[] =
    checksums === ''
      ? []
      : [
          {
            do: 'run',
            argv: ['sh', '-c', 'cd "$1" && sha256sum --check --quiet -', 'sh', part],
            stdin: checksums,
            orStop: true,
          },
        ];
  const answers = await askOnce(cluster, [
    ...check,
    { do: 'move', from: inside, to: target },
    { do: 'list', folder: cluster.work.copies },
  ]);
  const names = answers.at(-1);
  const isThere = names?.exitCode === 0 && textOf(names).split('\n').includes(key);
  if (isFolder || !isThere) {
    if (isThere) return;
    // What does not have its checksum is not what was sent: nothing of it is kept.
    await askOnce(cluster, [{ do: 'remove', path: part }]);
    throw failed(path, new Error(answers[0]?.errors ?? 'it did not arrive'));
  }
  await askOnce(cluster, [{ do: 'remove', path: part }]);
}

const failed = (path: string, cause: unknown): RunnerError =>
  new RunnerError(
    'staging-failed',
    `${path} could not be copied to the cluster: ${messageOf(cause)}`,
    {
      cause,
      hint: 'Is there room in the work folder of the cluster?',
    },
  );

/**
 * Copies back what an app has written, all in one crossing, into a folder beside the first of them
 * and from there into place. Throws `staging-failed`.
 */
export async function bringBack(
  cluster: Cluster,
  name: string,
  copied: readonly Copied[],
): Promise<void> {
  const [first] = copied;
  if (first === undefined) return;
  const { mounts } = jobFiles(cluster.work, name);
  const landing = posix.join(posix.dirname(first.here), `.back-${name}`);
  try {
    await getAgain(cluster, `${mounts}/`, `${landing}/`);
    for (const { here, there } of copied)
      await cp(posix.join(landing, posix.basename(there)), here, {
        recursive: true,
        preserveTimestamps: true,
        verbatimSymlinks: true,
      });
  } catch (error) {
    throw new RunnerError(
      'staging-failed',
      `what the app wrote could not be copied back: ${messageOf(error)}`,
      {
        cause: error,
        hint: `It lies in ${mounts} on the cluster.`,
      },
    );
  }
  await rm(landing, { recursive: true, force: true });
}

async function getAgain(cluster: Cluster, from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      await cluster.host.get(from, to, new AbortController().signal);
      return;
    } catch (error) {
      if (!(error instanceof HostUnreachable) || tries >= LIMITS.slurmTriesMin) throw error;
      await cluster.clock.sleep(LIMITS.slurmRetryMs * 2 ** tries);
    }
}
