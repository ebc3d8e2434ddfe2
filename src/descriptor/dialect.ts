import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from './json/value.ts';
import type { Dialect } from './model.ts';

/** Keys and types of an input that only Cytomine descriptors have. */
const CYTOMINE_INPUT_KEYS = ['set-by-server', 'server-parameter', 'uri', 'values-choice'];
const CYTOMINE_TYPES = ['boolean', 'domain', 'listdomain', 'list', 'date'];
/** Keys and types that only Boutiques descriptors have. */
const BOUTIQUES_KEYS = ['output-files', 'groups', 'environment-variables', 'error-codes', 'shell'];
const BOUTIQUES_INPUT_KEYS = ['list', 'requires-inputs', 'disables-inputs', 'list-separator'];
const BOUTIQUES_TYPES = ['File', 'Flag'];

/**
 * Which dialect a document is written in, from its content: authors copy `schema-version` from
 * elsewhere, so marks that only one dialect has count for more than its word.
 * @returns nothing when the document shows no sign of either
 */
export function dialectOf(root: JsonValue): Dialect | undefined {
  if (!isJsonObject(root)) return undefined;
  const version = root.get('schema-version');
  const word = typeof version === 'string' ? version.toLowerCase() : '';
  if (word.startsWith('cytomine')) return 'cytomine-0.1';
  const marks = marksOf(root);
  if (marks.cytomine !== marks.boutiques) {
    return marks.cytomine > marks.boutiques ? 'cytomine-0.1' : 'boutiques-0.5';
  }
  if (/^0\.\d/.test(word) || word.startsWith('boutiques')) return 'boutiques-0.5';
  if (root.has('tool-version')) return 'boutiques-0.5';
  return root.has('command-line') || root.has('inputs') ? 'cytomine-0.1' : undefined;
}

function marksOf(root: JsonObject): { cytomine: number; boutiques: number } {
  let cytomine = root.has('default-processing-server-name') ? 1 : 0;
  let boutiques = BOUTIQUES_KEYS.filter((key) => root.has(key)).length;
  const inputs = root.get('inputs');
  for (const input of isJsonArray(inputs) ? inputs : []) {
    if (!isJsonObject(input)) continue;
    const type = input.get('type');
    const key = input.get('value-key');
    const flag = input.get('command-line-flag');
    if (CYTOMINE_INPUT_KEYS.some((mark) => input.has(mark))) cytomine += 1;
    if (typeof type === 'string' && CYTOMINE_TYPES.includes(type.toLowerCase())) cytomine += 1;
    if (typeof key === 'string' && /^\[?@id\]?$/i.test(key)) cytomine += 1;
    if (typeof flag === 'string' && flag.includes('@id')) cytomine += 1;
    if (BOUTIQUES_INPUT_KEYS.some((mark) => input.has(mark))) boutiques += 1;
    if (typeof type === 'string' && BOUTIQUES_TYPES.includes(type)) boutiques += 1;
  }
  return { cytomine, boutiques };
}
