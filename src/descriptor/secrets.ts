import { type JsonObject, isJsonArray, isJsonObject } from './json/value.ts';

const SECRET_NAME = /(^|[_-])(private_?key|password|passwd|token|secret)$/i;

/** Whether an input's id says that its value is a secret: `cytomine_private_key`, `*_password`, `*_token`, `*_secret`. */
export const isSecretName = (id: string): boolean => SECRET_NAME.test(id);

/**
 * The ids a descriptor marks as secret itself, whatever their names:
 * `"custom": { "cyto-run": { "secrets": ["licence"] } }`.
 */
export function markedSecrets(root: JsonObject): ReadonlySet<string> {
  const custom = root.get('custom');
  const ours = isJsonObject(custom) ? custom.get('cyto-run') : undefined;
  const marked = isJsonObject(ours) ? ours.get('secrets') : undefined;
  const ids = isJsonArray(marked) ? marked.filter((id) => typeof id === 'string') : [];
  return new Set(ids);
}
