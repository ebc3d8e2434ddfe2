import { lengthFault } from './field-values.js';
import { element } from './element.js';

/**
 * A file or files: of this machine, which are sent, or in their place what the server reads or fetches.
 *
 * @param {{ paths?: boolean, urlHosts?: string[] }} served what the server takes in place of a file
 * @param {(files: File[]) => Promise<unknown[]>} send gives what refers to each
 * @returns {import('./controls.js').Control}
 */
export function fileControl({ kind, required }, schema, id, served, send) {
  const isList = kind.startsWith('list of');
  const node = element('input', { id, type: 'file', multiple: isList });
  const instead = insteadOf(served);
  const other =
    instead === undefined
      ? undefined
      : element(isList ? 'textarea' : 'input', { id: `${id}-other`, rows: 2 });
  const texts = () =>
    (other?.value ?? '')
      .split('\n')
      .map((text) => text.trim())
      .filter((text) => text !== '');
  const details =
    other &&
    element(
      'details',
      {},
      element('summary', {}, instead),
      element('label', { for: other.id }, isList ? `${instead}, one on each line` : instead),
      other,
    );
  return {
    node: element('div', {}, node, details),
    marked: [node],
    read: async () => {
      const values = node.files.length > 0 ? await send([...node.files]) : texts().map(reference);
      return values.length === 0 ? undefined : isList ? values : values[0];
    },
    fault: () => {
      const given = node.files.length || texts().length;
      if (node.files.length > 0 && texts().length > 0)
        return 'Both a file of this machine and another are given: one has to go.';
      if (given === 0) return required ? 'A file is needed.' : undefined;
      return isList ? lengthFault(given, schema) : undefined;
    },
    set: (value) => {
      if (other === undefined) return;
      other.value = [value].flat().join('\n');
      details.open = true;
    },
  };
}

/** What can be given in place of a file of this machine, in words. */
function insteadOf({ paths = false, urlHosts = [] }) {
  const ways = [
    ...(paths ? ['a path on the server'] : []),
    ...(urlHosts.length > 0 ? [`a URL (${urlHosts.join(', ')})`] : []),
  ];
  return ways.length === 0 ? undefined : `Or ${ways.join(' or ')}`;
}

/** A URL is fetched; anything else is a path. */
const reference = (text) => (/^https?:\/\//i.test(text) ? { url: text } : text);
