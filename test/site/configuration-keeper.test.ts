import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { ConfigurationKeeper } from '../../src/site/configuration/keeper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('files are read again when they have changed, come or gone, and flags count for one question', async () => {
  await using folder = await temporaryFolder();
  const cwd = join(folder.path, 'project/deep');
  await mkdir(cwd, { recursive: true });
  const file = join(folder.path, 'project/cyto-run.yaml');
  const keeper = new ConfigurationKeeper({
    env: { HOME: folder.path, CYTO_RUN_CPUS: '3' },
    cwd,
    uid: process.getuid?.(),
  });
  const memory = async (flags: Record<string, string> = {}): Promise<unknown> => {
    const { values, webhooks } = await keeper.with(flags);
    expect(values['limits.cpus']).toBe(3);
    expect(webhooks).toEqual([]);
    return values['limits.memory'];
  };
  expect(await memory()).toBeUndefined();
  await writeFile(file, 'limits: { memory: 1GB }\n');
  expect(await memory()).toBe(1e9);
  expect(await memory({ memory: '2GB' })).toBe(2e9);
  // The flag of one question is not in the next one's answer.
  expect(await memory()).toBe(1e9);
  await writeFile(file, 'limits: { memory: 3GB }\n');
  expect(await memory()).toBe(3e9);
  await writeFile(file, 'limits: { memory: much }\n');
  for (const time of [1, 2])
    await expect(memory(), `${String(time)}. time`).rejects.toMatchObject({
      code: 'configuration-invalid',
    });
  await writeFile(join(cwd, 'cyto-run.yaml'), 'limits: { memory: 4GB }\n');
  expect(await memory()).toBe(4e9);
  await rm(join(cwd, 'cyto-run.yaml'));
  await writeFile(file, '');
  expect(await memory()).toBeUndefined();
  await expect(memory({ memory: 'much' })).rejects.toMatchObject({ code: 'usage' });
});
