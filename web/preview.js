import { ask } from './api.js';
import { cellsOf } from './csv.js';
import { element, failureBox, row, size, table } from './element.js';
import { drawing } from './geojson.js';
import { oneLine } from './words.js';

/** An image is shown whole or not at all. */
const IMAGE_BYTES_MAX = 20_000_000;
/** Of anything else the beginning is fetched, and no more. */
const TEXT_BYTES = 262_144;
const TABLE_ROWS_MAX = 200;
const JSON_TYPE = /^application\/(.+\+)?json/;
const TABLE_TYPES = { 'text/csv': ',', 'text/tab-separated-values': '\t' };

export const canBeShown = ({ mediaType, sizeBytes, kind }) =>
  kind === 'file' &&
  (/^text\//.test(mediaType) ||
    JSON_TYPE.test(mediaType) ||
    (/^image\/(png|jpeg|gif|webp|svg)/.test(mediaType) && sizeBytes <= IMAGE_BYTES_MAX));

/**
 * Shows a file of a run.
 *
 * @param {string} path below /runner/v1
 * @param {any} output
 * @param {any} place where it is shown, in place of what was there
 * @param {{ isAsked: boolean }} why who asked for it is taken there
 */
export async function preview(path, output, place, { isAsked }) {
  const title = element('h3', { tabindex: '-1' }, oneLine(output.path));
  try {
    const parts = output.mediaType.startsWith('image/')
      ? [await imageOf(path, output)]
      : await textOf(path, output);
    place.replaceChildren(title, ...parts.filter(Boolean));
  } catch (error) {
    place.replaceChildren(title, failureBox(error));
  }
  if (isAsked) title.focus();
}

async function imageOf(path, { path: name }) {
  const url = URL.createObjectURL(await (await ask('GET', path)).blob());
  const image = element('img', { class: 'preview', alt: oneLine(name), src: url });
  image.addEventListener('load', () => {
    URL.revokeObjectURL(url);
    image.classList.toggle('tiny', image.naturalWidth < 64);
  });
  return image;
}

async function textOf(path, output) {
  const { mediaType, sizeBytes } = output;
  if (sizeBytes === 0) return [element('p', {}, 'The file is empty.')];
  const range = { range: `bytes=0-${TEXT_BYTES - 1}` };
  const bytes = await (await ask('GET', path, undefined, range)).arrayBuffer();
  const text = new TextDecoder().decode(bytes);
  const isWhole = sizeBytes <= TEXT_BYTES;
  const separator = TABLE_TYPES[mediaType.split(';')[0]];
  const cut =
    !isWhole &&
    element('p', { class: 'dim' }, `The first ${size(TEXT_BYTES)} of ${size(sizeBytes)}.`);
  if (separator !== undefined) return [cut, ...tableOf(text, { output, separator, isWhole })];
  if (isWhole && JSON_TYPE.test(mediaType)) return [...jsonOf(text, mediaType), cut];
  return [cut, plain(text)];
}

const plain = (text) => element('pre', { tabindex: '0' }, text);

function tableOf(text, { output, separator, isWhole }) {
  const all = cellsOf(text, separator);
  // Of a part the last line is perhaps half of one.
  const [head = [], ...rows] = isWhole ? all : all.slice(0, -1);
  const shown = rows.slice(0, TABLE_ROWS_MAX);
  return [
    shown.length < rows.length && element('p', { class: 'dim' }, `The first ${shown.length} rows.`),
    table(
      oneLine(output.path),
      head,
      shown.map((cells) => row(...cells)),
    ),
  ];
}

/** Indented, with each number as it was written; what is no JSON after all is shown as it is. */
function jsonOf(text, mediaType) {
  try {
    const value = JSON.parse(text, (_key, item, context) =>
      typeof item === 'number' && context?.source !== undefined && JSON.rawJSON !== undefined
        ? JSON.rawJSON(context.source)
        : item,
    );
    const drawn = mediaType.startsWith('application/geo+json') && drawing(JSON.parse(text));
    return [drawn, plain(JSON.rawJSON === undefined ? text : JSON.stringify(value, null, 2))];
  } catch {
    return [plain(text)];
  }
}
