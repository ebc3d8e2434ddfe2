/** Paths as they are in a container: always with `/`, whatever this program runs on. */

/** The last name of a path; of a folder written with `/` at its end, that folder's name. */
export function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** The path from the root, without `.` and `..`; a relative one is taken from `folder`. */
export function absolutePath(path: string, folder: string): string {
  const names: string[] = [];
  for (const name of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

/**
 * The name without the extensions it ends in: again and again, the longest that fits first, so
 * `scan.nii.gz` becomes `scan` in whatever order `.nii` and `.nii.gz` are listed. What is not at the
 * end stays.
 */
export function withoutExtensions(name: string, extensions: readonly string[]): string {
  const longestFirst = extensions
    .filter((extension) => extension !== '')
    .sort((a, b) => b.length - a.length);
  for (;;) {
    const current = name;
    const fitting = longestFirst.find((extension) => current.endsWith(extension));
    if (fitting === undefined) return name;
    name = name.slice(0, name.length - fitting.length);
  }
}
