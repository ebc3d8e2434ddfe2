import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';

import { appImage, CONTAINER_TEST_MS, IMAGE_BUILD_MS, runApp } from '../support/app-image.ts';
import { md5Of, ownTests } from '../support/descriptor-tests.ts';
import { describeWith } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const APPS_FOLDER = fileURLToPath(new URL('../../apps', import.meta.url));
vi.setConfig({ testTimeout: CONTAINER_TEST_MS + IMAGE_BUILD_MS });

const CASES = ['nuclei-segment', 'term-area-stats'].flatMap((app) =>
  ownTests(join(APPS_FOLDER, app, 'descriptor.json')).map((own) => ({ app, ...own })),
);

describeWith('docker', "the descriptors' own tests", () => {
  test.each(CASES)('$app: $name', async ({ app, argv, exitCode, md5 }) => {
    await using folder = await temporaryFolder();
    const [shell, ...rest] = argv;
    const exit = await runApp({
      image: await appImage(app),
      entrypoint: shell!,
      arguments: rest,
      inputs: { '/out/apps': APPS_FOLDER },
      out: folder.path,
    });
    expect(exit.exitCode).toBe(exitCode);
    const found = Object.keys(md5).map((path) => [path, md5Of(join(folder.path, path))]);
    expect(Object.fromEntries(found)).toEqual(md5);
  });
});
