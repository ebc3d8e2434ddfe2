import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { storeError } from '../faults.ts';
import { makePrivateFolder } from '../private-folder.ts';
import { randomText } from '../run-id.ts';

const KEY_BYTES = 32;
/** In the data folder. */
export const KEY_FILE = 'secrets.key';

/**
 * The key that seals secrets, from `secrets.key` of a data folder. It is made where there is none and
 * `mayMake` allows it. Throws `store-unusable` for a file that others can read or that is no key.
 */
export function readKey(folder: string, mayMake: () => boolean): Buffer {
  const path = join(folder, KEY_FILE);
  try {
    return keyOf(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw storeError(error, path);
  }
  if (!mayMake())
    throw new RunnerError('store-unusable', `${path} is gone, and with it every secret kept here`, {
      hint: 'Put it back from a copy, or remove the secrets and set them again.',
    });
  makePrivateFolder(folder);
  return makeKey(folder, path);
}

/** Two processes may make it at once: the first does, for a link is never made over a file. */
function makeKey(folder: string, path: string): Buffer {
  const made = join(folder, `.secrets-${randomText(10)}.key`);
  try {
    writeFileSync(made, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true });
    linkSync(made, path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw storeError(error, path);
  } finally {
    rmSync(made, { force: true });
  }
  return keyOf(path);
}

function keyOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const { mode, uid } = fstatSync(file);
    if ((mode & 0o077) !== 0 || (process.getuid !== undefined && uid !== process.getuid()))
      throw new RunnerError('store-unusable', `${path} can be read by others than its owner`, {
        hint: `The key must be this user's alone: chmod 600 ${path}. If others may have seen it, set the secrets anew.`,
      });
    const key = readFileSync(file);
    if (key.length !== KEY_BYTES)
      throw new RunnerError('store-unusable', `${path} is no key: it has ${key.length} bytes`, {
        hint: 'Put it back from a copy, or remove it and the secrets, and set them again.',
      });
    return key;
  } finally {
    closeSync(file);
  }
}
