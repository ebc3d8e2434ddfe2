import { ask } from './api.js';
import { element, row, size, table, tell } from './element.js';

const PREVIEW_BYTES_MAX = 20_000_000;
const PREVIEW_CHARS_MAX = 400_000;
const TABLE_ROWS_MAX = 200;

/** What a run left: each file to be saved, and shown where it can be. */
export function outputsOf({ outputs, runId, outputsPartial }) {
  if (outputs.length === 0) return [element('h2', {}, 'Outputs'), element('p', {}, 'None.')];
  const preview = element('div', { 'aria-live': 'polite' });
  const rows = outputs.map((output) => {
    const path = `/runs/${runId}/outputs/${output.path.split('/').map(encodeURIComponent).join('/')}`;
    const isFile = output.kind === 'file';
    return row(
      isFile
        ? element('button', { click: () => download(path, output) }, output.path)
        : output.path,
      output.mediaType,
      size(output.sizeBytes),
      isFile && canBeShown(output)
        ? element(
            'button',
            { click: () => show(path, output, preview), 'aria-label': `Show ${output.path}` },
            'Show',
          )
        : '',
    );
  });
  const first = outputs.find(
    (output) => output.mediaType.startsWith('image/png') && canBeShown(output),
  );
  if (first !== undefined)
    show(
      `/runs/${runId}/outputs/${first.path.split('/').map(encodeURIComponent).join('/')}`,
      first,
      preview,
    );
  return [
    element('h2', {}, outputsPartial ? 'Outputs (of a run that did not complete)' : 'Outputs'),
    table('Outputs', ['File (saves it)', 'Kind', 'Size', ''], rows),
    preview,
  ];
}

const canBeShown = ({ mediaType, sizeBytes, kind }) =>
  kind === 'file' &&
  sizeBytes <= PREVIEW_BYTES_MAX &&
  /^(image\/(png|jpeg|gif|webp)|text\/|application\/(geo\+)?json)/.test(mediaType);

async function download(path, { path: name }) {
  try {
    const url = URL.createObjectURL(await (await ask('GET', path)).blob());
    element('a', { href: url, download: name.split('/').at(-1) }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    tell(error.message);
  }
}

async function show(path, output, preview) {
  try {
    const answer = await ask('GET', path);
    const shown = output.mediaType.startsWith('image/')
      ? element('img', {
          class: 'preview',
          src: URL.createObjectURL(await answer.blob()),
          alt: output.path,
        })
      : textPreview(output, await answer.text());
    preview.replaceChildren(element('h3', {}, output.path), shown);
  } catch (error) {
    tell(error.message);
  }
}

function textPreview({ mediaType, path }, text) {
  if (!mediaType.startsWith('text/csv'))
    return element('pre', {}, text.slice(0, PREVIEW_CHARS_MAX));
  const [head = [], ...rows] = text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .slice(0, TABLE_ROWS_MAX + 1)
    .map(cellsOf);
  return table(
    path,
    head,
    rows.map((cells) => row(...cells)),
  );
}

/** The cells of one line of CSV (RFC 4180, without line breaks in cells). */
function cellsOf(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
