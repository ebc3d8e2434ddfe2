/** Where the web page lies: two folders above this file, in a clone and in a package alike. */
export const WEB_FOLDER = new URL('../../web/', import.meta.url);
