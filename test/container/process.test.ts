import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

import { processEngine } from '../../src/container/process/index.ts';
import { processUnderTest } from '../support/supervised-engines.ts';
import { engineContract } from './contract.ts';
import { contractTest, type Clauses } from './contract/contract-test.ts';
import { never } from './contract/subject.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const INSTEAD: Clauses = {
  environment: [
    contractTest('nothing of the caller gets in but what is named', async (subject) => {
      process.env['CYTO_TEST_SECRET'] = 'x';
      const { environment } = await subject.report([], { environment: { GIVEN: '1' } });
      expect(environment).toContain('GIVEN=1');
      expect(environment.join()).not.toContain('CYTO_TEST_SECRET');
    }),
    contractTest('also names that no shell may change arrive', async (subject) => {
      const environment = { UID: '7', IFS: ',', 'dotted.name': "it's", OPTIND: 'x', PWD: '/x' };
      const all = ['/usr/bin/env', '-0'];
      const { stdout } = await subject.run(all, { entrypoint: 'replaced', environment });
      expect(stdout.toString().split('\0')).toEqual(
        expect.arrayContaining(Object.entries(environment).map((entry) => entry.join('='))),
      );
    }),
  ],
  entrypoint: [
    contractTest('a run that needs an entrypoint is refused', async (subject) => {
      const spec = { ...subject.spec([]), entrypoint: 'image' } as const;
      await expect(subject.engine.start(spec, never())).rejects.toMatchObject({
        code: 'engine-refused',
      });
    }),
  ],
  mounts: [
    contractTest(
      'an input is linked into the work folder, over its empty place',
      async (subject) => {
        await using folder = await temporaryFolder();
        const [work, input] = [join(folder.path, 'work'), join(folder.path, 'in, put.txt')];
        await mkdir(join(work, 'deep'), { recursive: true });
        await writeFile(input, 'input');
        await writeFile(join(work, 'deep/place.txt'), '');
        const { stdout } = await subject.run(
          ['read', 'deep/place.txt', 'then', 'read', 'new/b.txt'],
          {
            workingDirectory: work,
            mounts: [
              { source: work, target: work, readOnly: false },
              { source: input, target: join(work, 'deep/place.txt'), readOnly: true },
              { source: input, target: join(work, 'new/b.txt'), readOnly: true },
            ],
          },
        );
        expect(stdout.toString()).toBe('inputinput');
        expect(await readlink(join(work, 'new/b.txt'))).toBe(input);
      },
    ),
    contractTest(
      'what is there already is not replaced, and no link is made elsewhere',
      async (subject) => {
        await using folder = await temporaryFolder();
        const [work, input] = [join(folder.path, 'work'), join(folder.path, 'input.txt')];
        await mkdir(work);
        await writeFile(input, 'input');
        await writeFile(join(work, 'kept.txt'), 'kept');
        for (const target of [join(work, 'kept.txt'), join(folder.path, 'elsewhere.txt')]) {
          const spec = subject.spec(['exit', '0'], {
            mounts: [
              { source: work, target: work, readOnly: false },
              { source: input, target, readOnly: true },
            ],
          });
          await expect(subject.engine.start(spec, never())).rejects.toMatchObject({
            code: 'engine-refused',
            message: expect.stringContaining(target) as string,
          });
          expect(await subject.engine.find(spec.name)).toBeUndefined();
        }
        expect(await readFile(join(work, 'kept.txt'), 'utf8')).toBe('kept');
      },
    ),
  ],
  'writable-places': [
    contractTest('HOME and the working directory are writable', async (subject) => {
      await using folder = await temporaryFolder();
      const report = await subject.report([], {
        environment: { HOME: folder.path },
        workingDirectory: folder.path,
      });
      expect(report).toMatchObject({ home: folder.path, homeWritable: true, cwdWritable: true });
    }),
  ],
};

const { options } = await processUnderTest();
engineContract('process', {
  setUp: processUnderTest,
  limitations: (await processEngine(options).info()).limitations,
  exceptions: {
    environment: ['none of our own variables reaches the program'],
    'writable-places': [
      'HOME, the working directory and /tmp are writable where they are mounted so',
    ],
  },
  instead: INSTEAD,
});
