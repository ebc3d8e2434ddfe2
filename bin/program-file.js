const { readdirSync, statSync } = require('node:fs');

/**
 * Which file holds the program: the compiled one in an installed package, and in a clone too while it
 * is newer than everything it was made from (it starts three times as fast); else the source.
 *
 * @param {string} root the folder of the package or the clone
 */
function programFile(root) {
  const compiled = `${root}/dist/cli/main.js`;
  const source = `${root}/src`;
  const changedAt = newestOf(source);
  if (changedAt === undefined) return compiled;
  // The bundled libraries are those of the lock file.
  const lockedAt = timeOf(`${root}/package-lock.json`) ?? 0;
  const compiledAt = timeOf(compiled) ?? 0;
  return compiledAt > Math.max(changedAt, lockedAt) ? compiled : `${source}/cli/main.ts`;
}

/** When anything in a folder last changed, the folders themselves included: a file may be gone. */
function newestOf(folder) {
  let newest = timeOf(folder);
  if (newest === undefined) return undefined;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    const time = entry.isDirectory() ? newestOf(path) : timeOf(path);
    if (time > newest) newest = time;
  }
  return newest;
}

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs;

module.exports = { programFile };
