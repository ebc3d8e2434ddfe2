import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import { appImage, IMAGE_BUILD_MS } from '../support/app-image.ts';
import { cli } from '../support/cli.ts';
import { clusterTurn } from '../support/cluster-turns.ts';
import { describeWith, isPresent } from '../support/needs.ts';
import { sifOf } from '../support/probe-sif.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const APPS = new URL('../../apps', import.meta.url).pathname;
const SAMPLES = join(APPS, 'samples');

vi.setConfig({ testTimeout: IMAGE_BUILD_MS });

/** Every file below a folder, with its bytes. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const contents = await Promise.all(names.map((name) => readFile(name, 'base64')));
  return Object.fromEntries(names.map((name, at) => [name.slice(folder.length), contents[at]!]));
}

describeWith(isPresent('docker') ? 'apptainer' : 'docker', 'the same on every engine', () => {
  test.each([
    { app: 'tissue-detect', args: ['--in', SAMPLES] },
    { app: 'nuclei-segment', args: ['--param', `image=${join(SAMPLES, 'ihc.png')}`] },
  ])('$app leaves the same bytes on Docker, Apptainer and Slurm', async ({ app, args }) => {
    const image = await appImage(app);
    await using folder = await temporaryFolder();
    const run = async (engine: string, ...more: readonly string[]): Promise<unknown> => {
      const out = join(folder.path, engine);
      const descriptor = join(APPS, app, 'descriptor.json');
      const { exitCode, stderr } = await cli(
        [descriptor, '--engine', engine, '--out', out, ...args, ...more],
        { home: join(folder.path, 'home'), cwd: folder.path },
      );
      expect(exitCode, stderr).toBe(0);
      return filesOf(out);
    };
    const byDocker = await run('docker');
    expect(Object.keys(byDocker as object).length).toBeGreaterThan(2);
    const sif = ['--use-image', await sifOf(image)];
    expect(await run('apptainer', ...sif)).toEqual(byDocker);
    if (!isPresent('slurm')) return;
    await using _turn = await clusterTurn('beside');
    expect(await run('slurm', ...sif)).toEqual(byDocker);
  });
});
