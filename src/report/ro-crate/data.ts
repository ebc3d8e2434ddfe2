import { mediaTypeOf, type InputFacts, type InputOrigin } from '../../runner/index.ts';
import type { PlacedInput, PlacedOutput } from './crate-files.ts';
import { baseName } from './crate-files.ts';
import { known, localId, pathId, refs, type Entity } from './entity.ts';

const typeOf = (kind: 'file' | 'folder'): string => (kind === 'file' ? 'File' : 'Dataset');
/** A folder's id ends in `/` (RO-Crate 1.1, section 4.2). */
const idOf = (target: string, kind: 'file' | 'folder'): string =>
  `${pathId(target)}${kind === 'folder' ? '/' : ''}`;

/** A file or folder the app was given. */
export function inputData({ inputIds, facts, target }: PlacedInput): Entity {
  const name = baseName(facts.path);
  const renamed = target !== undefined && baseName(target) !== name;
  const { origin } = facts;
  return {
    '@id': target === undefined ? `file://${encodeURI(facts.path)}` : idOf(target, facts.kind),
    '@type': typeOf(facts.kind),
    ...known({
      name,
      alternateName: sentName(facts) ?? (renamed ? facts.path : undefined),
      ...(origin === undefined || 'name' in origin ? {} : webPresence(origin)),
      contentSize: String(facts.sizeBytes),
      encodingFormat: facts.kind === 'file' ? mediaTypeOf(facts.path, facts.kind) : undefined,
      sha256: facts.kind === 'file' ? facts.sha256 : undefined,
    }),
    exampleOfWork: refs(inputIds.map((id) => ({ '@id': localId('input', id) }))),
  };
}

/** As it was called where it was sent from, where that is another name than it has here. */
const sentName = ({ origin, path }: InputFacts): string | undefined =>
  origin !== undefined && 'name' in origin && origin.name !== baseName(path)
    ? origin.name
    : undefined;

/** A URL that lacks its query leads to nothing, or to something else: it is told, and not as an address. */
const webPresence = ({
  url,
  queryLeftOut,
}: Extract<InputOrigin, { readonly url: string }>): Readonly<Record<string, string>> =>
  queryLeftOut === true
    ? { description: `Fetched from ${url}, with a query that is not recorded` }
    : { contentUrl: url };

/** A file or folder the app left. */
export const outputData = ({ facts, target }: PlacedOutput): Entity => ({
  '@id': idOf(target, facts.kind),
  '@type': typeOf(facts.kind),
  ...known({
    name: facts.path,
    contentSize: String(facts.sizeBytes),
    encodingFormat: facts.kind === 'file' ? facts.mediaType : undefined,
    sha256: facts.kind === 'file' ? facts.sha256 : undefined,
  }),
  exampleOfWork: { '@id': localId('output', facts.outputId) },
});

/** A text of ours: descriptor, record, log. */
export const textFile = (
  target: string,
  encodingFormat: string,
  facts: Readonly<Record<string, unknown>>,
): Entity => ({
  '@id': pathId(target),
  '@type': 'File',
  name: baseName(target),
  encodingFormat,
  ...known(facts),
});
