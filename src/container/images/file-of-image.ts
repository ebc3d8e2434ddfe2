import { stat } from 'node:fs/promises';

import { parseImageSource, splitLocation } from './source.ts';

/**
 * The file or folder of this machine that a reference names an image of, absolute; undefined: it
 * names one of a registry or of an engine. Relative paths are taken from `folder`. Throws
 * `image-not-found` when it can name no image.
 */
export async function fileOfImage(reference: string, folder: string): Promise<string | undefined> {
  const source = parseImageSource(reference, folder);
  switch (source.kind) {
    case 'sif':
      return source.path;
    case 'docker-archive':
    case 'oci-archive':
    case 'oci': {
      const split = await splitLocation(source.location, exists);
      return split?.path ?? source.location;
    }
    case 'registry':
    case 'image-id':
    case 'docker-daemon':
      return undefined;
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
