import { dialectOf } from './dialect.ts';
import type { Diagnostic } from './diagnostic.ts';
import { printJson } from './json/print.ts';
import { readJson } from './json/read.ts';
import type { Dialect } from './model.ts';

export interface FormattedDescriptor {
  /** Absent when the text is not JSON, and then the diagnostics say where. */
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
}

const ROOT_KEYS = [
  '$schema',
  'name',
  'description',
  'schema-version',
  'tool-version',
  'author',
  'url',
  'doi',
  'tool-doi',
  'descriptor-url',
  'deprecated-by-doi',
  'default-processing-server-name',
  'container-image',
  'command-line',
  'shell',
  'inputs',
  'groups',
  'output-files',
  'environment-variables',
  'suggested-resources',
  'error-codes',
  'tests',
  'tags',
  'online-platform-urls',
  'invocation-schema',
  'custom',
];

const INPUT_KEYS = [
  'id',
  'name',
  'description',
  'type',
  'value-key',
  'command-line-flag',
  'command-line-flag-separator',
  'optional',
  'default-value',
  'list',
  'list-separator',
  'min-list-entries',
  'max-list-entries',
  'values-choice',
  'value-choices',
  'integer',
  'minimum',
  'exclusive-minimum',
  'maximum',
  'exclusive-maximum',
  'path-template',
  'conditional-path-template',
  'path-template-stripped-extensions',
  'file-template',
  'uses-absolute-path',
  'requires-inputs',
  'disables-inputs',
  'value-requires',
  'value-disables',
  'set-by-server',
  'server-parameter',
  'uri',
  'uri-print-attribute',
  'uri-sort-attribute',
];

const IMAGE_KEYS = [
  'type',
  'index',
  'image',
  'url',
  'working-directory',
  'entrypoint',
  'container-opts',
];

/**
 * The same descriptor in the usual order of keys and one layout. The meaning never changes: values,
 * the order of lists, keys nobody knows and the text of numbers stay. Of a key that occurs twice
 * the last one stays, which is the one that counted.
 */
export function formatDescriptor(
  text: string,
  options: { lenient?: boolean } = {},
): FormattedDescriptor {
  const { document, diagnostics } = readJson(text, options);
  if (document === undefined || diagnostics.some(({ strength }) => strength === 'error')) {
    return { diagnostics };
  }
  const dialect = dialectOf(document.root);
  return { text: printJson(document.root, (path) => keyOrder(path, dialect)), diagnostics };
}

function keyOrder(path: readonly string[], dialect: Dialect | undefined): readonly string[] {
  if (dialect === undefined) return [];
  if (path.length === 0) return ROOT_KEYS;
  const [part] = path;
  if (path.length === 1) return part === 'container-image' ? IMAGE_KEYS : [];
  const isItem = path.length === 2;
  return isItem && (part === 'inputs' || part === 'output-files' || part === 'groups')
    ? INPUT_KEYS
    : [];
}
