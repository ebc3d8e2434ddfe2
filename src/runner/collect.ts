import { posix } from 'node:path';

import { counted } from '../base/counted.ts';
import { LIMITS } from '../base/limits.ts';
import type { Mount } from '../container/index.ts';
import type { ExpectedOutput } from '../descriptor/index.ts';
import type { OutputFacts } from './events.ts';
import { findOutputs } from './find-outputs.ts';
import type { Failure } from './outcome.ts';
import { CONTAINER_PLACES, hostPathOf, runPlaces, seenAt } from './places.ts';
import { OutputFault, publishOutputs } from './publish.ts';
import { attemptOf, type RunRecord } from './record.ts';

/** What the app left behind, checked and put where the caller wants it. */
export interface Collected {
  readonly outputs: readonly OutputFacts[];
  /** Left by a run that did not complete: kept in the run's own folder, not published. */
  readonly partial: boolean;
  readonly faults: readonly Failure[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/**
 * Collects a run's outputs. `completed` says whether the app ended by itself with exit code 0: then
 * good outputs are published to the caller's folder, and only if all are good; else what is there
 * is recorded where it lies. Can be repeated after a crash: it copies (or links), it never moves.
 */
export async function collectOutputs(
  record: RunRecord,
  runFolder: string,
  completed: boolean,
): Promise<Collected> {
  const places = runPlaces(runFolder, attemptOf(record));
  const expected = expectedOutputs(record, places.staged);
  const {
    found,
    missing,
    faults: findFaults,
    others,
  } = await findOutputs(expected, record.container?.mounts ?? [], places);
  const faults = [
    ...findFaults,
    ...(missing.length > 0
      ? [missingFailure(missing, others, record.container?.mounts ?? [])]
      : []),
    ...(found.length > LIMITS.outputFilesMax ? [tooMany(found.length)] : []),
  ];
  const partial = !completed || faults.length > 0;
  const kept = found.slice(0, LIMITS.outputFilesMax);
  try {
    const { outputs, replaced } = await publishOutputs(kept, {
      folder: partial ? undefined : (record.folders.outFolder ?? runPlaces(runFolder).out),
      inputs: (record.container?.mounts ?? []).filter(({ readOnly }) => readOnly),
    });
    const warnings = [
      ...(replaced.length === 0 ? [] : [replacedWarning(replaced)]),
      ...(record.app.dialect === 'boutiques-0.5' &&
      completed &&
      found.length === 0 &&
      others.length > 0
        ? [undeclaredWarning(others)]
        : []),
    ];
    return { outputs, partial, faults, warnings };
  } catch (error) {
    if (!(error instanceof OutputFault)) throw error;
    // They could not be put where they belong, so the record says where they lie.
    const { outputs } = await publishOutputs(kept, { folder: undefined, inputs: [] });
    return { outputs, partial: true, faults: [...faults, error.failure], warnings: [] };
  }
}

/** In folder mode, everything the app wrote to its output folder; else the descriptor's output-files. */
function expectedOutputs(record: RunRecord, staged: string): readonly ExpectedOutput[] {
  const folder: ExpectedOutput[] =
    record.folders.inFolder === undefined
      ? []
      : [
          {
            id: 'out',
            name: 'output folder',
            path: `${seenAt(staged, record.container?.mounts ?? []) ?? CONTAINER_PLACES.out}/**`,
            list: true,
            optional: true,
          },
        ];
  return [...folder, ...(record.container?.expectedOutputs ?? [])];
}

function missingFailure(
  missing: readonly ExpectedOutput[],
  others: readonly string[],
  mounts: readonly Mount[],
): Failure {
  const outside = missing.find(({ path }) => liesOutside(path, mounts));
  if (outside !== undefined)
    return {
      code: 'output-missing',
      message: `${outside.id} is to be at ${JSON.stringify(outside.path)}, which is outside the folders that an app may write to and whose files are kept`,
      hint: 'Its path-template keeps the folder of an input: give that input by a path relative to the current folder, or let the template be a plain file name.',
    };
  const named = missing.map(({ id, path }) => `${id} at ${JSON.stringify(path)}`).join(', ');
  const there = others.map((path) => JSON.stringify(path));
  return {
    code: 'output-missing',
    message: `the app ended with exit code 0 but did not write ${named}`,
    hint:
      there.length === 0
        ? 'Its working directory is empty; its log may say why.'
        : `Its working directory holds ${there.join(', ')}.`,
  };
}

/** Whether nothing that an app writes to a place of its own view would be found. */
function liesOutside(path: string, mounts: readonly Mount[]): boolean {
  if (!posix.isAbsolute(path)) return false;
  const writable = mounts.filter(({ readOnly }) => !readOnly);
  return hostPathOf(path, writable) === undefined;
}

/** That outputs took the place of files that differ from them, by their paths: at least one. */
export const replacedWarning = (replaced: readonly string[]): Collected['warnings'][number] => ({
  code: 'outputs-replaced',
  message: `${counted(replaced.length, 'file that was there before has', 'files that were there before have')} been replaced${replaced.length === 1 ? ':' : ', the first'} ${JSON.stringify(replaced[0])}`,
});

/** For a descriptor that forgot its output-files: what it lost. */
const undeclaredWarning = (others: readonly string[]): Collected['warnings'][number] => ({
  code: 'outputs-undeclared',
  message: `the app wrote ${others.map((path) => JSON.stringify(path)).join(', ')}, which no output-file of its descriptor names; it was not kept`,
});

const tooMany = (count: number): Failure => ({
  code: 'output-invalid',
  message: `the app wrote ${count} output files, more than ${LIMITS.outputFilesMax}`,
  hint: 'Let it write an archive, or declare a folder as one output-file.',
});
