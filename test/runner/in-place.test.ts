import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { checkInPlace } from '../../src/runner/in-place.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test.each([
  ['the file', (top: string) => rm(join(top, 'day', 'a.tif')), 'is gone'],
  ['its folder', (top: string) => rm(join(top, 'day'), { recursive: true }), 'is gone'],
  [
    'the file for a link',
    async (top: string) => {
      await rm(join(top, 'day', 'a.tif'));
      await symlink('/etc/passwd', join(top, 'day', 'a.tif'));
    },
    'was replaced by a link',
  ],
  [
    'its folder for a link',
    async (top: string) => {
      await rename(join(top, 'day'), join(top, 'other'));
      await symlink(join(top, 'other'), join(top, 'day'));
    },
    'was replaced by a link',
  ],
])('taken away while the run waited: %s', async (_what, change, why) => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'day', 'a.tif');
  await mkdir(join(folder.path, 'day'));
  await writeFile(source, 'a');
  const input = { inputId: 'image', value: source, source, target: source, kind: 'file' } as const;
  const mount = { source: folder.path, target: '/x', readOnly: true };
  await checkInPlace([input], [mount]);
  await change(folder.path);
  await expect(checkInPlace([input], [mount])).rejects.toMatchObject({
    code: 'input-missing',
    message: `image: ${JSON.stringify(source)} ${why}`,
  });
  await expect(checkInPlace([], [{ ...mount, source }])).rejects.toMatchObject({
    message: `mount: ${JSON.stringify(source)} ${why}`,
  });
});
