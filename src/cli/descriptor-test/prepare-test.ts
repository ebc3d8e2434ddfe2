import { existsSync } from 'node:fs';
import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import {
  hasErrors,
  parseInvocation,
  type BoutiquesTest,
  type Descriptor,
  type Invocation,
  type RawValue,
} from '../../descriptor/index.ts';
import type { TestResult } from '../../report/index.ts';
import {
  type Configuration,
  type DescriptorFile,
  prepareRun,
  type Preparation,
  type RunFlags,
} from '../../site/index.ts';
import type { Terminal } from '../terminal.ts';

/** A test that can be run, and one that cannot, with why. */
export type PreparedTest =
  | { readonly test: BoutiquesTest; readonly prepared: Preparation }
  | { readonly test: BoutiquesTest; readonly result: TestResult };

export interface TestContext {
  readonly file: DescriptorFile;
  readonly flags: RunFlags;
  readonly configuration: Configuration;
  readonly terminal: Terminal;
  /** Where relative files are taken from, when the person says so. */
  readonly folder: string | undefined;
}

/** Checks the values of a test against its descriptor and finds its files. Starts nothing. */
export async function prepareTest(
  test: BoutiquesTest,
  { file, flags, configuration, terminal, folder }: TestContext,
): Promise<PreparedTest> {
  const { descriptor } = file;
  const values = Object.fromEntries(
    [...test.values].map(([id, value]): [string, RawValue] => [id, { kind: 'json', value }]),
  );
  const { invocation, diagnostics } = parseInvocation(descriptor, { user: values });
  if (invocation === undefined || hasErrors(diagnostics)) {
    const faults = diagnostics.map(({ message, mend }) =>
      mend === undefined ? message : `${message} ${mend}`,
    );
    return { test, result: { name: test.name, verdict: 'invalid', faults } };
  }
  const cwd = folder ?? folderOf(descriptor, invocation, [posix.dirname(file.path), terminal.cwd]);
  try {
    const prepared = await prepareRun({
      file,
      flags,
      named: {},
      values,
      configuration,
      caller: { ...terminal, cwd },
    });
    return { test, prepared };
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const { message, hint, code } = error;
    const where = code === 'input-missing' ? ['--cwd names another folder.'] : [];
    const faults = [message, ...(hint === undefined ? [] : [hint]), ...where];
    return { test, result: { name: test.name, verdict: 'not-run', code, faults } };
  }
}

/** The first of the folders that holds every relative file of a test; where none does, the last. */
function folderOf(
  { inputs }: Descriptor,
  invocation: Invocation,
  folders: readonly [string, string],
): string {
  const files = new Set(inputs.filter(({ type }) => type === 'File').map(({ id }) => id));
  const relative = invocation
    .filter(({ inputId }) => files.has(inputId))
    .flatMap(({ value }) => [value].flat())
    .filter((value) => typeof value === 'string' && !posix.isAbsolute(value))
    .map(String);
  const holds = (folder: string): boolean =>
    relative.every((path) => existsSync(posix.join(folder, path)));
  return folders.find(holds) ?? folders[1];
}
