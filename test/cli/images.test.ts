import { execFileSync } from 'node:child_process';
import { appendFile, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { resolveSif } from '../../src/container/apptainer/index.ts';
import { installedApptainer } from '../../src/container/apptainer/version.ts';
import type { ResolvedImage } from '../../src/container/index.ts';
import { cli } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { ociImage } from '../support/oci-image.ts';
import { PROBE_IMAGE, probeImage } from '../support/probe-image.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const IMAGES_MS = 600_000;

/** Two images kept in the data folder `home`, the first not used for a year. */
async function twoKept(home: string): Promise<readonly [ResolvedImage, ResolvedImage]> {
  const cacheFolder = join(home, 'images');
  const ports = { cacheFolder, clock: systemClock, apptainer: await installedApptainer(home) };
  const keep = async (): Promise<ResolvedImage> => {
    const { folder } = await ociImage(home);
    const request = { reference: `oci:${folder}`, pull: 'missing' } as const;
    return resolveSif(request, ports, new AbortController().signal);
  };
  const [old, fresh] = [await keep(), await keep()];
  const lastYear = new Date(Date.now() - 365 * 86_400_000);
  await utimes(join(dirname(old.id), 'used'), lastYear, lastYear);
  return [old, fresh];
}

describeWith('apptainer', 'cyto-run images', () => {
  test(
    'lists what is kept, prunes what was not used for long, and finds what has changed',
    async () => {
      await using home = await temporaryFolder();
      const [old, fresh] = await twoKept(home.path);
      const run = async (...args: string[]): Promise<[number | null, Record<string, unknown>]> => {
        const { exitCode, stdout } = await cli(['images', ...args, '--json'], { home: home.path });
        return [exitCode, JSON.parse(stdout) as Record<string, unknown>];
      };
      expect(await run()).toMatchObject([
        0,
        { kept: [{ path: fresh.id, sha256: fresh.sha256, inUseBy: [] }, { path: old.id }] },
      ]);
      const text = await cli(['images'], { home: home.path });
      expect(text.stdout).toContain(join(home.path, 'images'));
      expect(await run('verify')).toMatchObject([
        0,
        { images: [{ result: 'same' }, { result: 'same' }] },
      ]);
      await appendFile(old.id, 'x');
      expect(await run('verify')).toMatchObject([
        1,
        { images: [{}, { path: old.id, result: 'changed' }] },
      ]);
      expect(await run('prune', '--older-than', '30d', '--dry-run')).toMatchObject([
        0,
        { removed: [], wouldRemove: [{ path: old.id }], freedBytes: old.sizeBytes },
      ]);
      expect(await run('prune', '--older-than', '30d')).toMatchObject([
        0,
        { removed: [{ path: old.id }] },
      ]);
      expect(await run('prune')).toMatchObject([0, { removed: [] }]);
      expect(await run()).toMatchObject([0, { kept: [{ path: fresh.id }] }]);
    },
    IMAGES_MS,
  );

  test('a word that is no action is answered with the nearest', async () => {
    await using home = await temporaryFolder();
    expect(await cli(['images', 'prun'], { home: home.path })).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('Did you mean prune?') as string,
    });
    expect(await cli(['images', 'pull'], { home: home.path })).toMatchObject({ exitCode: 64 });
    expect(await cli(['images', 'prune', 'a:1'], { home: home.path })).toMatchObject({
      exitCode: 64,
    });
  });
});

describeWith('docker', 'cyto-run images, of Docker', () => {
  test(
    'an image is brought here before its first run, a file named from where the user is',
    async () => {
      await using home = await temporaryFolder();
      const { folder, configDigest } = await ociImage(home.path);
      const reference = `oci:${folder.slice(home.path.length + 1)}`;
      const args = ['images', 'pull', reference, '--engine', 'docker', '--json'];
      const { exitCode, stdout } = await cli(args, { home: home.path, cwd: home.path });
      execFileSync('docker', ['rmi', '--force', configDigest]);
      expect([exitCode, JSON.parse(stdout)]).toMatchObject([
        0,
        { engine: 'docker', id: configDigest },
      ]);
    },
    IMAGES_MS,
  );

  test(
    "Docker's images that recorded runs used are listed",
    async () => {
      await probeImage();
      await using home = await temporaryFolder();
      const app = (file: string): string =>
        new URL(`../../apps/probe/${file}`, import.meta.url).pathname;
      await cli(
        [
          'run',
          app('descriptor.json'),
          '-i',
          app('invocation.json'),
          '--use-image',
          `docker-daemon:${PROBE_IMAGE}`,
          '--engine',
          'docker',
        ],
        { home: home.path },
      );
      const { stdout } = await cli(['images', '--json'], { home: home.path });
      expect(JSON.parse(stdout)).toMatchObject({
        docker: [{ reference: `docker-daemon:${PROBE_IMAGE}`, runs: 1, present: true }],
      });
    },
    IMAGES_MS,
  );
});
