/** Where a file is written that is moved to its place once it is whole. */
export const partOf = (path: string): string => `${path}.part`;
