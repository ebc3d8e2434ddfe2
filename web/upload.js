import { ask, Problem } from './api.js';

const TUS = { 'tus-resumable': '1.0.0' };
/** What a broken connection costs. */
const PIECE_BYTES = 8_388_608;
const TRIES = 5;

/**
 * Sends a file piece by piece (tus 1.0, https://tus.io/protocols/resumable-upload); a piece that does not
 * arrive is sent again.
 *
 * @param {File} file
 * @param {(sentBytes: number) => void} onProgress
 * @returns {Promise<string>} the id by which a parameter refers to it; throws a Problem
 */
export async function upload(file, onProgress) {
  const begun = await ask('POST', '/uploads', undefined, {
    ...TUS,
    'upload-length': String(file.size),
    'upload-metadata': `filename ${base64(file.name)}`,
  });
  const id = begun.headers.get('location').split('/').at(-1);
  for (let offset = 0, tries = 1; offset < file.size; onProgress(offset))
    try {
      offset = await sendPiece(id, file, offset);
      tries = 1;
    } catch (error) {
      const isPassing = !(error instanceof Problem) || error.status === 429 || error.status > 501;
      if (!isPassing || tries === TRIES) throw error;
      tries += 1;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries));
      const { headers } = await ask('HEAD', `/uploads/${id}`, undefined, TUS);
      offset = Number(headers.get('upload-offset'));
    }
  return id;
}

async function sendPiece(id, file, offset) {
  const { headers } = await ask(
    'PATCH',
    `/uploads/${id}`,
    file.slice(offset, offset + PIECE_BYTES),
    {
      ...TUS,
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
    },
  );
  return Number(headers.get('upload-offset'));
}

/** Of the text's UTF-8, as the protocol has it. */
const base64 = (text) =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
