import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

import type { SlurmOptions } from '../../../src/container/slurm/index.ts';
import { describeWith } from '../../support/needs.ts';
import { slurmUnderTest } from '../../support/slurm-engines.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { endOf, never, Subject } from '../contract/subject.ts';

const PROGRAM = fileURLToPath(new URL('../../support/slurm-crash-program.ts', import.meta.url));
/** Three folders, the job's own, four files, sbatch; and the end. */
const STEPS = 10;

describeWith('slurm', 'a process of ours that is killed while it submits', () => {
  let subject: Subject;
  let options: SlurmOptions;
  beforeAll(async () => {
    const underTest = await slurmUnderTest();
    options = underTest.options;
    subject = await Subject.of(() => Promise.resolve(underTest));
  });

  describe('at any step', { concurrent: true, timeout: 600_000 }, () => {
    test.each(Array.from({ length: STEPS }, (_, step) => step))(
      'step %i: the next process finds the job or the place free, and the app runs once',
      async (step) => {
        await using folder = await temporaryFolder();
        await chmod(folder.path, 0o777);
        const spec = subject.spec(['/bin/sh', '-c', 'echo ran >>/out/ran; echo said'], {
          entrypoint: 'replaced',
          mounts: [{ source: folder.path, target: '/out', readOnly: false }],
        });
        const words = [PROGRAM, JSON.stringify(options), JSON.stringify(spec), String(step)];
        const child = spawn(process.execPath, words, { stdio: 'ignore' });
        await once(child, 'exit');
        const engine = subject.another();
        const found = await engine.find(spec.name);
        if (found?.phase === 'created') await found[Symbol.asyncDispose]();
        const isThere = found !== undefined && found.phase !== 'created';
        await using container = isThere ? found : await engine.start(spec, never());
        const { stdout, exit } = await endOf(container);
        expect([stdout.toString(), exit.exitCode]).toEqual(['said\n', 0]);
        expect(await readFile(join(folder.path, 'ran'), 'utf8')).toBe('ran\n');
        if (step === STEPS - 1) expect(isThere).toBe(true);
      },
    );
  });
});
