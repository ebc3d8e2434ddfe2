import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { fileOfImage } from '../../container/index.ts';
import type { AskedInput, FolderOptions } from '../../runner/index.ts';
import { mountParts } from '../../site/index.ts';
import { pathsWithin, type AdmitPath } from '../paths/admitted-paths.ts';

/** Which of this machine's files and folders a client's run may name. */
export interface Admission {
  readonly inputs: (inputs: readonly AskedInput[], folders: FolderOptions) => Promise<void>;
  readonly mounts: (mounts: readonly string[]) => Promise<void>;
  /** Of an image that is a file or folder; of another, or of none (empty), there is nothing to admit. */
  readonly image: (reference: string) => Promise<void>;
}

/**
 * Admits what lies below `roots` and, to be read, the caller's own uploads. All throw `path-refused`
 * with everything that is refused.
 */
export function admission(
  roots: readonly string[],
  isOwnUpload: (path: string) => boolean,
): Admission {
  const within = pathsWithin(roots);
  const admit: AdmitPath = (path) =>
    isOwnUpload(path) ? Promise.resolve(undefined) : within(path);
  return {
    inputs: (inputs, { outFolder }) =>
      check([
        ...inputs.map(({ inputId, value, path }) => ({ name: inputId, value, path, admit })),
        ...(outFolder === undefined
          ? []
          : [{ name: '--out', value: outFolder, path: outFolder, admit: within }]),
      ]),
    mounts: (mounts) =>
      check(
        mounts.map((text) => {
          const path = posix.resolve('/', mountParts(text).source);
          return { name: 'mount', value: text, path, admit: within };
        }),
      ),
    image: async (reference) => {
      const path = reference === '' ? undefined : await fileOfImage(reference, '/');
      if (path !== undefined) await check([{ name: 'image', value: reference, path, admit }]);
    },
  };
}

interface Named {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly admit: AdmitPath;
}

async function check(asked: readonly Named[]): Promise<void> {
  const told = await Promise.all(
    asked.map(async ({ name, value, path, admit }) => {
      const fault = await admit(path);
      return fault === undefined ? undefined : `${name}: ${JSON.stringify(value)} ${fault}`;
    }),
  );
  const faults = told.filter((fault) => fault !== undefined);
  if (faults.length > 0)
    throw new RunnerError('path-refused', faults.join('\n'), {
      hint: 'Name what lies below mount-roots of the server’s configuration, or upload it: {"upload": ID}.',
      details: { faults },
    });
}
