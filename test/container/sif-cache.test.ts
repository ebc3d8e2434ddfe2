import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { resolveSif } from '../../src/container/apptainer/index.ts';
import { installedApptainer } from '../../src/container/apptainer/version.ts';
import { SifCache } from '../../src/container/images/index.ts';
import { describeWith } from '../support/needs.ts';
import { ociImage } from '../support/oci-image.ts';
import { testOnSmallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROGRAM = fileURLToPath(new URL('../support/sif-program.ts', import.meta.url));
const AT_ONCE = 20;
const MANY_MS = 600_000;
const never = new AbortController().signal;

const start = (cacheFolder: string, reference: string): ChildProcess =>
  spawn(process.execPath, [PROGRAM, cacheFolder, reference], { stdio: ['ignore', 'pipe', 'pipe'] });

async function outcome(child: ChildProcess): Promise<{ id: string; pulled: boolean }> {
  let said = '';
  let errors = '';
  child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  await once(child, 'close');
  const last = said.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`${last}\n${errors}`);
  return JSON.parse(last) as { id: string; pulled: boolean };
}

/** Processes whose working folder is below `folder`: a build of ours, with or without us. */
async function buildersIn(folder: string): Promise<string[]> {
  const { readlink } = await import('node:fs/promises');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const cwds = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.filter((_, at) => cwds[at]?.startsWith(folder));
}

describeWith('apptainer', 'the cache of .sif files', () => {
  test(
    'twenty processes that want one image make it once, and all get it',
    async () => {
      await using folder = await temporaryFolder();
      const image = await ociImage(folder.path);
      const cache = join(folder.path, 'images');
      const all = await Promise.all(
        Array.from({ length: AT_ONCE }, () => outcome(start(cache, `oci:${image.folder}`))),
      );
      expect(all.filter(({ pulled }) => pulled)).toHaveLength(1);
      expect(new Set(all.map(({ id }) => id)).size).toBe(1);
      expect(await readdir(join(cache, 'making'))).toEqual([]);
    },
    MANY_MS,
  );

  test(
    'a process killed while it makes an image leaves nothing that runs, and nothing that the next one cannot use',
    async () => {
      await using folder = await temporaryFolder();
      const image = await ociImage(folder.path);
      const cache = join(folder.path, 'images');
      const reference = `oci:${image.folder}`;
      const first = start(cache, reference);
      // Apptainer is at work.
      for await (const line of createInterface(first.stdout!)) if (/build/i.test(line)) break;
      first.kill('SIGKILL');
      await expect.poll(() => buildersIn(cache)).toEqual([]);
      expect(await readdir(join(cache, 'kept')).catch(() => [])).toEqual([]);
      expect(await outcome(start(cache, reference))).toMatchObject({ pulled: true });
      expect(await readdir(join(cache, 'making'))).toEqual([]);
    },
    MANY_MS,
  );

  test(
    'a run that is canceled while its image is made ends at once, with its build and its files',
    async () => {
      await using folder = await temporaryFolder();
      const image = await ociImage(folder.path);
      const cacheFolder = join(folder.path, 'images');
      const apptainer = await installedApptainer(folder.path);
      const cancel = new AbortController();
      const making = resolveSif(
        {
          reference: `oci:${image.folder}`,
          pull: 'missing',
          onProgress: ({ status }) => {
            if (/build/i.test(status)) cancel.abort(new Error('canceled'));
          },
        },
        { cacheFolder, clock: systemClock, apptainer },
        cancel.signal,
      );
      await expect(making).rejects.toThrow('canceled');
      expect(await readdir(join(cacheFolder, 'making'))).toEqual([]);
      await expect.poll(() => buildersIn(cacheFolder)).toEqual([]);
    },
    MANY_MS,
  );

  test(
    'what is kept is listed with its names, verified, and removed',
    async () => {
      await using folder = await temporaryFolder();
      const image = await ociImage(folder.path);
      const cacheFolder = join(folder.path, 'images');
      const apptainer = await installedApptainer(folder.path);
      const ports = { cacheFolder, clock: systemClock, apptainer };
      const reference = `oci:${image.folder}`;
      const { id, sha256 } = await resolveSif({ reference, pull: 'missing' }, ports, never);
      const sandbox = await resolveSif(
        { reference, pull: 'missing' },
        { ...ports, form: 'sandbox' },
        never,
      );
      expect(await readFile(join(sandbox.id, 'unique'), 'utf8')).toBe(image.mark);
      expect(sandbox.warnings).toMatchObject([{ code: 'image-unpacked' }]);
      const cache = new SifCache(cacheFolder, systemClock);
      const kept = (await cache.list()).find(({ path }) => path === id)!;
      expect(kept).toMatchObject({
        facts: { id: image.configDigest, sha256, entrypoint: ['/bin/probe'] },
        names: [{ reference, digest: image.indexDigest, manifestDigest: image.manifestDigest }],
      });
      expect(await cache.verify(kept, never)).toBe(true);
      expect(await cache.remove(kept.key, never)).toBe(true);
      expect(await cache.find(kept.key)).toBeUndefined();
      expect(await cache.list()).toHaveLength(1);
    },
    MANY_MS,
  );

  testOnSmallDisk(
    'a full disk is told as that, and nothing is left on it',
    3_000_000,
    async (disk) => {
      await using folder = await temporaryFolder();
      const image = await ociImage(folder.path);
      const apptainer = await installedApptainer(folder.path);
      const making = resolveSif(
        { reference: `oci:${image.folder}`, pull: 'missing' },
        { cacheFolder: disk.path, clock: systemClock, apptainer },
        never,
      );
      await expect(making).rejects.toMatchObject({
        code: 'disk-full',
        hint: expect.stringContaining('images prune') as string,
      });
      expect(await readdir(join(disk.path, 'making'))).toEqual([]);
      expect(await readdir(join(disk.path, 'kept')).catch(() => [])).toEqual([]);
    },
  );
});
