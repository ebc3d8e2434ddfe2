import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { isWebUrl } from '../../base/web-url.ts';
import { fileOfImage } from '../../container/index.ts';
import type { AskedInput, FolderOptions } from '../../runner/index.ts';
import { mountParts } from '../../site/index.ts';
import { pathsWithin, type AdmitPath } from '../paths/admitted-paths.ts';
import { shownUrl } from '../url-inputs/url-rules.ts';

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
        ...inputs.map(({ inputId, value, path, folderOnly }) => ({
          ...{ name: inputId, value, path },
          ...(isUrl(value) ? urlInPlaceOf(value, folderOnly) : { admit }),
        })),
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
  /** As it is told. */
  readonly value: string;
  readonly path: string;
  readonly admit: AdmitPath;
  readonly hint?: string;
}

const isUrl = (value: string): boolean => isWebUrl(value) && URL.canParse(value);

/** A URL is no path: whoever writes one wants it fetched. It may hold a signature, which is not repeated. */
const urlInPlaceOf = (
  value: string,
  folderOnly: boolean,
): Pick<Named, 'value' | 'admit' | 'hint'> => ({
  value: shownUrl(URL.parse(value)),
  admit: () => Promise.resolve('is a URL, where a path of the server stands'),
  hint: folderOnly
    ? 'Folders are not fetched: send one, {"upload": ID}, or fetch single files.'
    : 'What is to be fetched is written as an object: {"url": URL}.',
});

async function check(asked: readonly Named[]): Promise<void> {
  const told = await Promise.all(
    asked.map(async ({ name, value, path, admit, hint = PATH_HINT }) => {
      const fault = await admit(path);
      return fault === undefined
        ? undefined
        : { fault: `${name}: ${JSON.stringify(value)} ${fault}`, hint };
    }),
  );
  const refused = told.filter((one) => one !== undefined);
  const faults = refused.map(({ fault }) => fault);
  if (faults.length > 0)
    throw new RunnerError('path-refused', faults.join('\n'), {
      hint: [...new Set(refused.map(({ hint }) => hint))].join(' '),
      details: { faults },
    });
}

const PATH_HINT =
  'Name what lies below mount-roots of the server’s configuration, or upload it: {"upload": ID}.';
