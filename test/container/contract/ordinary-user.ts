import { expect } from 'vitest';

import { apptainerUnderTest } from '../../support/supervised-engines.ts';
import { engineContract } from '../contract.ts';
import { APPTAINERS_EXCEPTIONS, APPTAINERS_INSTEAD } from './apptainers.ts';
import { contractTest } from './contract-test.ts';
import { never } from './subject.ts';

/*
 * The contract of Apptainer where the caller is an ordinary user without a control group, as on most
 * clusters. `test/container/apptainer-as-user.test.ts` runs it as one.
 */

const underTest = await apptainerUnderTest();
const { limitations } = await underTest.engine.info();
// Of root alone.
const { 'writable-places': _places, ...exceptions } = APPTAINERS_EXCEPTIONS;

engineContract('apptainer', {
  setUp: () => Promise.resolve(underTest),
  limitations,
  callerOnly: true,
  exceptions: {
    ...exceptions,
    memory: ['an app that lost only a child to the limit, and coped, did not run out of memory'],
  },
  instead: {
    ...APPTAINERS_INSTEAD,
    user: [
      ...(APPTAINERS_INSTEAD.user ?? []),
      contractTest('another uid is refused by name, and nothing is left', async (subject) => {
        const spec = subject.spec([], { user: { uid: 0, gid: 0 } });
        await expect(subject.engine.start(spec, never())).rejects.toMatchObject({
          code: 'engine-refused',
          message: expect.stringContaining('cannot be given uid 0') as string,
        });
        expect(await subject.engine.find(spec.name)).toBeUndefined();
      }),
    ],
    memory: [
      contractTest(
        'an app of which any part takes too much is ended as a whole',
        async (subject) => {
          const argv = ['try', 'memory', String(400 * 2 ** 20), '60', 'then', 'exit', '0'];
          const { exit } = await subject.run(argv, {
            limits: { pids: 200, memoryBytes: 128 * 2 ** 20 },
          });
          expect(exit).toMatchObject({ exitCode: 137, outOfMemory: true });
        },
      ),
    ],
  },
});
