import { ask, hasToken } from './api.js';
import { element, size, tell } from './element.js';

/** What is held by the browser before it is written: beyond it the command line is the better way. */
const HELD_BYTES_MAX = 500_000_000;

/**
 * What saves a file of the server: a link, or where a token has to be sent along, which no link can, a button.
 *
 * @param {string} path below /runner/v1
 * @param {string} name of the file
 * @param {string} label
 * @param {number} [sizeBytes] where it is known
 */
export const saver = (path, name, label, sizeBytes = 0) =>
  hasToken()
    ? element(
        'button',
        { type: 'button', class: 'link', click: () => save(path, name, sizeBytes) },
        label,
      )
    : element('a', { href: `/runner/v1${path}`, download: name }, label);

async function save(path, name, sizeBytes) {
  if (sizeBytes > HELD_BYTES_MAX) {
    tell(
      `${name} (${size(sizeBytes)}) is too large to be saved with a token from here: cyto-run outputs RUN --out FOLDER --server ${location.origin}`,
    );
    return;
  }
  try {
    const url = URL.createObjectURL(await (await ask('GET', path)).blob());
    element('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    tell(error.message);
  }
}
