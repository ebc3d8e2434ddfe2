import { expect } from 'vitest';

import type { EnginePromise } from '../../../src/container/index.ts';
import { contractTest, type Clauses } from './contract-test.ts';
import { TRAPS } from './program.ts';
import { never } from './subject.ts';

/** Tests of promises that Apptainer keeps in part, wherever it runs, and that do not hold. */
export const APPTAINERS_EXCEPTIONS: Readonly<Partial<Record<EnginePromise, readonly string[]>>> = {
  argv: ['as many bytes of arguments arrive as Linux takes, far above a megabyte'],
  environment: [
    'variables arrive as they were given, whatever is in them',
    'none of our own variables reaches the program',
  ],
  'writable-places': [
    'HOME, the working directory and /tmp are writable where they are mounted so',
  ],
};

/** What it declares to keep in part, and what then holds. */
export const APPTAINERS_INSTEAD: Clauses = {
  argv: [
    contractTest('more than a megabyte is refused, and nothing is left', async (subject) => {
      const spec = subject.spec(Array.from({ length: 12 }, () => 'x'.repeat(100_000)));
      await expect(subject.engine.start(spec, never())).rejects.toMatchObject({
        code: 'engine-refused',
        message: expect.stringContaining('bytes of arguments') as string,
      });
      expect(await subject.engine.find(spec.name)).toBeUndefined();
    }),
  ],
  environment: [
    contractTest("what is added is Apptainer's own, and none of ours", async (subject) => {
      const { environment } = await subject.report([], { environment: { GIVEN: '1' } });
      const names = environment.map((variable) => variable.slice(0, variable.indexOf('=')));
      const own = /^(APPTAINER|SINGULARITY)_|^(LANG|LD_LIBRARY_PATH|PROMPT_COMMAND|PS1|TERM)$/;
      expect(names.filter((name) => !own.test(name)).sort()).toEqual(['GIVEN', 'HOME', 'PATH']);
    }),
    contractTest('a variable that cannot be given is refused by name', async (subject) => {
      for (const environment of [{ UID: '7' }, { LINES: 'a\r\nb' }]) {
        const spec = subject.spec([], { environment });
        await expect(subject.engine.start(spec, never())).rejects.toMatchObject({
          code: 'engine-refused',
          message: expect.stringContaining(Object.keys(environment).join('')) as string,
        });
      }
    }),
    contractTest('all other variables arrive as they were given', async (subject) => {
      const values = [...TRAPS.filter((value) => !value.includes('\r\n')), 'a\rb', '\r', '\n\r'];
      const environment = Object.fromEntries(values.map((value, at) => [`CYTO_${at}`, value]));
      const report = await subject.report([], { environment });
      expect(report.environment).toEqual(
        expect.arrayContaining(Object.entries(environment).map((entry) => entry.join('='))),
      );
    }),
  ],
  user: [
    contractTest('whoever the image names, the app is the caller', async (subject) => {
      expect(await subject.report([], { user: 'image' })).toMatchObject({
        uid: process.getuid?.(),
        gid: process.getgid?.(),
      });
    }),
  ],
  'writable-places': [
    contractTest("the caller's own app has the HOME that was given", async (subject) => {
      const report = await subject.report([], {
        user: { uid: process.getuid!(), gid: process.getgid!() },
        environment: { HOME: '/tmp' },
      });
      expect(report).toMatchObject({ home: '/tmp', homeWritable: true });
    }),
    contractTest("another's has none of its own to write to", async (subject) => {
      const report = await subject.report([], {
        user: { uid: 54321, gid: 54321 },
        environment: { HOME: '/tmp' },
      });
      expect(report).toMatchObject({ home: '/', homeWritable: false });
    }),
  ],
};
