import { element, row, size, table } from './element.js';

/** What the run was given: from the beginning what was fetched or sent, later all of it. */
export function inputsOf({ inputs, inputOrigins = [] }) {
  const known = inputs.length > 0 ? inputs : inputOrigins;
  if (known.length === 0) return [];
  const rows = known.map(({ inputId, origin, path, sizeBytes }) =>
    row(inputId, originText(origin) ?? path, sizeBytes === undefined ? '' : size(sizeBytes)),
  );
  return [element('h2', {}, 'Inputs'), table('Inputs', ['Name', 'From', 'Size'], rows)];
}

function originText(origin) {
  if (origin === undefined) return undefined;
  if (origin.name !== undefined) return `${origin.name} (sent)`;
  return origin.queryLeftOut ? `${origin.url}?…` : origin.url;
}
