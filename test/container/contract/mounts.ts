import { mkdir, readFile, writeFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

import { temporaryFolder } from '../../support/temporary-folder.ts';
import { contractTest, type Clauses, type ContractTest } from './contract-test.ts';
import { never } from './subject.ts';

/** Names that some engine's own syntax for mounts gives a meaning to. */
const HARD_NAMES = [
  ...['plain', 'two words', 'a:b', 'a,b', 'a=b', `it's "quoted"`, 'back\\slash', 'näh 日本 👩‍🔬'],
  ...['-dash', '$(id)', '%s', '#hash', 'tab\there', 'line\nbreak'],
];

const mountedAs = (name: string): ContractTest =>
  contractTest(
    `a folder is mounted whatever its path is called: ${JSON.stringify(name)}`,
    async (subject) => {
      await using folder = await temporaryFolder();
      const source = join(folder.path, name);
      await mkdir(source);
      await writeFile(join(source, 'in.txt'), 'input');
      await chmod(source, 0o777);
      const target = `/data/${name}`;
      const { stdout, exit } = await subject.run(
        ['read', `${target}/in.txt`, 'then', 'write', `${target}/out.txt`, 'output'],
        { mounts: [{ source, target, readOnly: false }] },
      );
      expect([stdout.toString(), exit.exitCode]).toEqual(['input', 0]);
      expect(await readFile(join(source, 'out.txt'), 'utf8')).toBe('output');
    },
  );

export const mountClauses = {
  mounts: [
    ...HARD_NAMES.map(mountedAs),

    contractTest(
      'a single file can be mounted, into a folder that the image does not have',
      async (subject) => {
        await using folder = await temporaryFolder();
        const source = join(folder.path, 'one file.txt');
        await writeFile(source, 'only this');
        const { stdout } = await subject.run(['read', '/in/deep down/one file.txt'], {
          mounts: [{ source, target: '/in/deep down/one file.txt', readOnly: true }],
        });
        expect(stdout.toString()).toBe('only this');
      },
    ),

    contractTest(
      'a file can be mounted inside a mounted folder, and a folder in many places',
      async (subject) => {
        await using folder = await temporaryFolder();
        await mkdir(join(folder.path, 'work'));
        await writeFile(join(folder.path, 'work/.inner'), '');
        await writeFile(join(folder.path, 'inner.txt'), 'inner');
        const source = join(folder.path, 'work');
        const { stdout } = await subject.run(
          ['read', '/work/.inner', 'then', 'read', '/again/.inner'],
          {
            mounts: [
              { source, target: '/work', readOnly: false },
              { source: join(folder.path, 'inner.txt'), target: '/work/.inner', readOnly: true },
              { source, target: '/again', readOnly: true },
            ],
          },
        );
        expect(stdout.toString()).toBe('inner');
      },
    ),

    contractTest(
      'a mount of what does not exist is refused by name, and nothing is left',
      async (subject) => {
        const spec = subject.spec(['exit', '0'], {
          mounts: [{ source: '/no/such/folder', target: '/data', readOnly: true }],
        });
        await expect(subject.engine.start(spec, never())).rejects.toMatchObject({
          code: 'engine-refused',
          message: expect.stringContaining('/no/such/folder') as string,
        });
        expect(await subject.engine.find(spec.name)).toBeUndefined();
      },
    ),
  ],

  'writable-places': [
    contractTest(
      'HOME, the working directory and /tmp are writable where they are mounted so',
      async (subject) => {
        await using folder = await temporaryFolder();
        const places = ['home', 'work', 'tmp'];
        for (const place of places) {
          await mkdir(join(folder.path, place));
          await chmod(join(folder.path, place), 0o777);
        }
        const report = await subject.report([], {
          mounts: places.map((place) => ({
            source: join(folder.path, place),
            target: place === 'tmp' ? '/tmp' : `/cyto/${place}`,
            readOnly: false,
          })),
          environment: { HOME: '/cyto/home' },
          workingDirectory: '/cyto/work',
        });
        expect(report).toMatchObject({
          home: '/cyto/home',
          homeWritable: true,
          cwd: '/cyto/work',
          cwdWritable: true,
          tmpWritable: true,
        });
      },
    ),
  ],
} as const satisfies Clauses;
