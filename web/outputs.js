import { element, list, row, size } from './element.js';
import { canBeShown, preview } from './preview.js';
import { saver } from './save.js';
import { oneLine } from './words.js';

/** What a run left: each file to be saved, and shown where it can be. */
export function outputsOf({ outputs, runId, outputsPartial }) {
  const title = outputsPartial ? 'Outputs (of a run that did not complete)' : 'Outputs';
  if (outputs.length === 0)
    return [element('h2', {}, 'Outputs'), element('p', {}, 'It left none.')];
  const shown = element('div');
  const rows = outputs.map((output) => outputRow(runId, output, shown));
  const first = outputs.find(
    (output) => output.mediaType.startsWith('image/') && canBeShown(output),
  );
  if (first !== undefined) preview(pathOf(runId, first), first, shown, { isAsked: false });
  return [
    element('h2', {}, title),
    element('p', { class: 'dim' }, 'A link saves its file.'),
    list('Outputs', ['File', 'Kind', 'Size', 'Preview'], rows),
    shown,
  ];
}

function outputRow(runId, output, shown) {
  const { path, kind, mediaType, sizeBytes } = output;
  const place = pathOf(runId, output);
  return row(
    saver(place, saveName(output), oneLine(path), sizeBytes),
    kind === 'folder' ? 'folder, saved as a zip' : mediaType,
    element('span', { class: 'short' }, size(sizeBytes)),
    canBeShown(output)
      ? element(
          'button',
          {
            click: () => preview(place, output, shown, { isAsked: true }),
            'aria-label': `Show ${oneLine(path)}`,
          },
          'Show',
        )
      : '',
  );
}

const pathOf = (runId, { path }) =>
  `/runs/${runId}/outputs/${path.split('/').map(encodeURIComponent).join('/')}`;

const saveName = ({ path, kind }) => `${path.split('/').at(-1)}${kind === 'folder' ? '.zip' : ''}`;
