import { expect, test } from 'vitest';

import { explainExit } from '../../../src/container/apptainer/explain.ts';

const EXIT = { exitCode: 255, outOfMemory: false };

test.each([
  ['FATAL:   stat /no/such: no such file or directory\n', 127],
  ['FATAL:   "x": executable file not found in $PATH\n', 127],
  ['FATAL:   is a directory\n', 126],
  ['\u001b[31mFATAL:  \u001b[0m permission denied\n', 126],
])('a program that cannot be executed is told as shells tell it: %j', (stderr, exitCode) => {
  expect(explainExit(EXIT, stderr, '/a/program')).toMatchObject({
    exitCode,
    neverRan: expect.stringContaining('/a/program') as string,
  });
});

test("a container that cannot be made is not the app's failure, and FUSE is named where it lacks", () => {
  const said =
    'FATAL:   container creation failed: squashfuse_ll exited: /dev/fuse: Permission denied by rule\n';
  expect(explainExit(EXIT, said, 'x').ending).toMatchObject({
    code: 'staging-failed',
    hint: expect.stringContaining('/dev/fuse') as string,
  });
});

test("an app's own 255, and its own words, stay its own", () => {
  for (const stderr of ['', 'FATAL: one\nFATAL: two\n', 'my FATAL: x\n', 'FATAL: no newline'])
    expect(explainExit(EXIT, stderr, 'x')).toBe(EXIT);
  const other = { ...EXIT, exitCode: 3 };
  expect(explainExit(other, 'FATAL:   is a directory\n', 'x')).toBe(other);
});
