import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import type { RunRecord } from '../../../src/runner/index.ts';
import { ClusterUser, recordOf } from '../../support/cluster-user.ts';
import { describeWith } from '../../support/needs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 600_000 });

const READER = {
  name: 'reader',
  description: 'Says what is in a file.',
  'tool-version': '1',
  'schema-version': '0.5',
  'command-line': 'cat [FILE]',
  'container-image': { type: 'docker', image: 'cyto-run/probe:1' },
  inputs: [{ id: 'file', name: 'File', type: 'File', 'value-key': '[FILE]' }],
};

describeWith('own-slurm', 'a node that lacks what a run needs', () => {
  test('is named with what it lacks, and the run goes to another, whatever that is', async () => {
    await using shared = await temporaryFolder('cyto-run shared é ');
    const folder = (name: string): string => join(shared.path, name);
    const [pictures, images] = [folder('pictures'), folder('images')];
    for (const path of [pictures, images]) await mkdir(path);
    await using user = await ClusterUser.withCluster({ unmounted: [pictures, images] });
    const { first, second } = user.cluster;
    const [unseenPicture, unseenImage] = [join(pictures, 'in.txt'), join(images, 'reader.sif')];
    await writeFile(unseenPicture, 'seen');
    await copyFile(user.sif, unseenImage);
    await writeFile(folder('in.txt'), 'seen');
    const descriptor = join(user.home, 'reader.json');
    await writeFile(descriptor, JSON.stringify(READER));
    const common = { 'work-folder': join(user.home, 'work') };
    const clusters = {
      whole: common,
      'without-scratch': {
        ...common,
        prepare: `[ "$SLURMD_NODENAME" != ${first} ] || export SLURM_TMPDIR=/scratch/of/nobody`,
      },
    };
    await writeFile(join(user.home, 'cyto-run.yaml'), JSON.stringify({ clusters }));
    const run = async (cluster: keyof typeof clusters, ...args: string[]): Promise<RunRecord> => {
      // So little that all three begin on the first node.
      const words = ['run', descriptor, '--json', '--memory', '200m', '--cluster', cluster];
      return recordOf(await user.ask(...words, ...args));
    };
    const seen = folder('in.txt');
    const runs = await Promise.all([
      run('without-scratch', '--use-image', user.sif, '--file', seen),
      run('whole', '--use-image', user.sif, '--file', unseenPicture),
      run('whole', '--use-image', unseenImage, '--file', seen),
    ]);
    const lacks = (message: string): object => ({
      state: 'COMPLETE',
      exit: { node: second },
      logs: { stdoutBytes: 'seen'.length },
      attempts: [{ failure: { code: 'node-failed', message }, exit: { node: first } }],
      retry: { excludedNodes: [first] },
    });
    expect(runs).toMatchObject([
      lacks(`${first} has no room for temporary files in /scratch/of/nobody`),
      lacks(`${first} does not see ${unseenPicture}`),
      lacks(`${first} does not see ${unseenImage}`),
    ]);
  });
});
