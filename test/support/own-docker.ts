import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { systemClock } from '../../src/base/clock.ts';
import { loadDockerode } from '../../src/container/docker/dockerode.ts';
import { PROBE_IMAGE, probeImage } from './probe-image.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A Docker engine of the test's own, beside the machine's, that may be stopped and started. It has the probe's image. */
export interface OwnDocker extends AsyncDisposable {
  readonly socketPath: string;
  /** As `systemctl stop docker` does. */
  stop(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
}

const READY_MS = 60_000;
const LOOK_MS = 100;

/** `liveRestore`: containers go on while it is away. */
export async function ownDocker(options: { readonly liveRestore: boolean }): Promise<OwnDocker> {
  const folder = await temporaryFolder('cr-docker-');
  const socketPath = join(folder.path, 'docker.sock');
  const client = new (loadDockerode())({ socketPath });
  let daemon = start();
  try {
    await ready();
    await client.loadImage(await new (loadDockerode())().getImage(await probeImage()).get());
    await untilTrue(async () => (await client.listImages()).length > 0);
    await client.getImage(PROBE_IMAGE).inspect();
  } catch (error) {
    await stop();
    throw error;
  }

  function start(): ReturnType<typeof spawn> {
    const at = (name: string): string => join(folder.path, name);
    // In a network of its own: a dockerd without a bridge removes `docker0`, which is the machine's engine's.
    return spawn(
      'unshare',
      [
        ...['--net', 'dockerd'],
        ...['--host', `unix://${socketPath}`, '--pidfile', at('pid')],
        ...['--data-root', at('data'), '--exec-root', at('exec')],
        ...['--bridge', 'none', '--iptables=false', '--ip6tables=false'],
        ...(options.liveRestore ? ['--live-restore'] : []),
      ],
      { stdio: 'ignore' },
    );
  }

  async function ready(): Promise<void> {
    await untilTrue(async () => {
      if (daemon.exitCode !== null) throw new Error('dockerd does not start');
      return client.ping().then(
        () => true,
        () => false,
      );
    });
  }

  async function stop(): Promise<void> {
    if (daemon.exitCode !== null) return;
    const gone = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    await gone;
  }

  return {
    socketPath,
    stop,
    start: async () => {
      daemon = start();
      await ready();
    },
    [Symbol.asyncDispose]: async () => {
      const containers = await client.listContainers({ all: true });
      for (const { Id: id } of containers) await client.getContainer(id).remove({ force: true });
      await stop();
      // One that leaves its containers running leaves its folder mounted too.
      spawnSync('umount', ['--lazy', join(folder.path, 'data')], { stdio: 'ignore' });
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function untilTrue(look: () => Promise<boolean>): Promise<void> {
  const endMs = systemClock.monotonicMs() + READY_MS;
  while (!(await look())) {
    if (systemClock.monotonicMs() > endMs) throw new Error('the engine of the test is not ready');
    await systemClock.sleep(LOOK_MS);
  }
}
