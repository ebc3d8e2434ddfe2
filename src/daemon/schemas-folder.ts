/** Where the published schemas lie: two folders above this file, in a clone and in a package alike. */
export const SCHEMAS_FOLDER = new URL('../../schemas/', import.meta.url);
