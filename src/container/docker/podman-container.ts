import { readFile } from 'node:fs/promises';

import type Dockerode from 'dockerode';

import { LIMITS } from '../../base/limits.ts';
import type { ExitStatus, LogOffsets, OutputChunk } from '../engine.ts';
import { followOutput } from '../follow-output.ts';
import {
  behind,
  DockerContainer,
  type DockerContainerFacts,
  type DockerContainerPorts,
} from './container.ts';
import { whyInitFailed } from './exit.ts';
import { outputOf } from './frames.ts';
import { inspectContainer } from './inspect-container.ts';
import { answerOf } from './modem.ts';
import { PodmanLog } from './podman-log.ts';

const SIGKILL_EXIT = 137;
const FROM_THE_BEGINNING: LogOffsets = { stdout: 0, stderr: 0 };

/** A container in Podman: as in Docker, but for the copy of its log and for what ended it. */
export class PodmanContainer extends DockerContainer {
  readonly #oomKillsBefore: number | undefined;
  #wasKilled = false;

  constructor(
    container: Dockerode.Container,
    facts: DockerContainerFacts,
    ports: DockerContainerPorts,
  ) {
    super(container, facts, ports);
    this.#oomKillsBefore = facts.oomKillsBefore;
  }

  override stop(graceMs: number): Promise<void> {
    this.#wasKilled = true;
    return super.stop(graceMs);
  }

  /**
   * From the log's own file: Podman's service loses much of a log that it follows, and of a stream that
   * it is attached to. Where the file is not ours to read, it tells all once the program has ended.
   */
  protected override async *keptOutput(from: LogOffsets): AsyncGenerator<OutputChunk> {
    const { LogPath: path } = await inspectContainer(this.container, this.clock);
    const log = await PodmanLog.at(path);
    if (log !== undefined) {
      const following = {
        from: FROM_THE_BEGINNING,
        ended: this.wait(),
        clock: this.clock,
        pollMs: LIMITS.podmanLogPollMs,
      };
      yield* behind(from, followOutput(log, following));
      return;
    }
    await this.wait();
    yield* behind(from, outputOf(await wholeLog(this.container)));
  }

  /** The beginning of all it wrote: an init's last words are its only ones. */
  async #firstWords({
    LogPath: path,
  }: Dockerode.ContainerInspectInfo): Promise<readonly OutputChunk[]> {
    const log = await PodmanLog.at(path);
    if (log !== undefined) return log.read();
    const first: OutputChunk[] = [];
    for await (const chunk of outputOf(await wholeLog(this.container))) {
      first.push(chunk);
      if (first.length > 1) break;
    }
    return first;
  }

  /**
   * Podman's init says in the log that it could not execute the program, and ends with 1. And Podman
   * does not always know that the kernel ended a container for want of memory: then a kill that we did
   * not ask for counts as one, where there is a limit and the kernel did end something meanwhile.
   */
  protected override async exitOf(found: Dockerode.ContainerInspectInfo): Promise<ExitStatus> {
    const exit = await super.exitOf(found);
    if (exit.exitCode === 1 && found.HostConfig.Init === true) {
      const failed = whyInitFailed(await this.#firstWords(found), found);
      return failed === undefined ? exit : { ...exit, ...failed };
    }
    const isLimited = (found.HostConfig.Memory ?? 0) > 0;
    if (exit.exitCode !== SIGKILL_EXIT || exit.outOfMemory || this.#wasKilled || !isLimited)
      return exit;
    return { ...exit, outOfMemory: ((await oomKills()) ?? 1) > (this.#oomKillsBefore ?? 0) };
  }
}

/** How often this machine's kernel has ended a process for want of memory; undefined where it does not count. */
export async function oomKills(): Promise<number | undefined> {
  const counters = await readFile('/proc/vmstat', 'utf8').catch(() => '');
  const [, count] = /^oom_kill (\d+)$/m.exec(counters) ?? [];
  return count === undefined ? undefined : Number(count);
}

/** The log of an ended container, as a stream. */
const wholeLog = (container: Dockerode.Container): Promise<AsyncIterable<Uint8Array>> =>
  answerOf(container, 'GET', `/containers/${container.id}/logs?stdout=true&stderr=true`);
