const fs = require('node:fs');
const { createRequire } = require('node:module');
const { basename, dirname, join } = require('node:path');
const { Script } = require('node:vm');

/*
 * Loads the compiled program, and keeps what V8 made of it. Node's compile cache holds a file as it was when
 * it was loaded, before any of its functions ran; these are then compiled again in every process, which
 * takes a third of a dry run. Here it is kept as it is when the program has done its work.
 */

/** Parts begin at multiples of this: V8 copies what is not aligned. */
const ALIGNMENT = 8;
/** One run in so many adds the functions it used to those that are kept: another dialect's, for example. */
const REFRESH_EVERY = 16;
/** `importOutside`: the import() of the bundle; a script that V8's code is kept of has none of its own. */
const WRAPPER = [
  '(function (exports, require, module, __filename, __dirname, importOutside) { ',
  '\n})',
];

/**
 * Loads the entry of the compiled program and, when they are asked for, the files beside it.
 *
 * @param {string} entry absolute; CommonJS, in a folder that holds nothing but the program
 * @param {string | undefined} cachePath where V8's work is kept; only for this user, one program and kind of command
 * @returns {{ exports: any, keep: () => void }} `keep` is for the end of a run that went well: it
 *   writes what was not kept yet. It never throws: without a cache the program only starts slower.
 */
function loadCompiled(entry, cachePath) {
  const folder = dirname(entry);
  const requireOutside = createRequire(entry);
  // The entry names all others, and they are named by their content.
  const identity = fs.readFileSync(entry, 'utf8');
  const cached = cachePath === undefined ? new Map() : readCache(cachePath, identity);
  const modules = new Map();
  const scripts = new Map();
  let isDue = process.pid % REFRESH_EVERY === 0;

  function load(name) {
    const loaded = modules.get(name);
    if (loaded !== undefined) return loaded.exports;
    const path = join(folder, name);
    const module = { exports: {} };
    modules.set(name, module);
    const script = new Script(WRAPPER.join(fs.readFileSync(path, 'utf8')), {
      filename: path,
      cachedData: cached.get(name),
    });
    scripts.set(name, script);
    if (script.cachedDataRejected !== false) isDue = true;
    const requireHere = (id) =>
      id.startsWith('./') && id.endsWith('.js') ? load(basename(id)) : requireOutside(id);
    const run = script.runInThisContext();
    run(module.exports, requireHere, module, path, folder, importOutside);
    return module.exports;
  }

  return {
    exports: load(basename(entry)),
    keep: () => {
      if (isDue && cachePath !== undefined) writeCache(cachePath, identity, scripts);
    },
  };
}

/** Found from here as from the program: both lie in the same package. */
const importOutside = (id) => import(id);

/** What was kept of this very program, by file; nothing where it cannot be read or is somebody else's. */
function readCache(path, identity) {
  try {
    const file = fs.openSync(path, 'r');
    try {
      if (fs.fstatSync(file).uid !== process.getuid()) return new Map();
      return partsOf(fs.readFileSync(file), identity);
    } finally {
      fs.closeSync(file);
    }
  } catch {
    return new Map();
  }
}

function partsOf(bytes, identity) {
  const header = JSON.parse(bytes.toString('utf8', 0, bytes.indexOf('\n')));
  if (header.identity !== identity || header.size !== bytes.length) return new Map();
  return new Map(
    header.parts.map(([name, start, length]) => [name, bytes.subarray(start, start + length)]),
  );
}

/** Whole or not at all, also when the power fails: V8 does not check what it is given. */
function writeCache(path, identity, scripts) {
  const temporary = `${path}.${process.pid}`;
  try {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const bytes = cacheFile(identity, scripts);
    fs.writeFileSync(temporary, bytes, { mode: 0o600, flush: true });
    fs.renameSync(temporary, path);
  } catch {
    remove(temporary);
  }
}

function remove(path) {
  try {
    fs.unlinkSync(path);
  } catch {
    // It was never made, or lies where nothing can be removed.
  }
}

function cacheFile(identity, scripts) {
  const data = [...scripts].map(([name, script]) => [name, script.createCachedData()]);
  // The offsets are written in the header, whose length is therefore fixed before they are known.
  const headerOf = (parts, size) => JSON.stringify({ identity, parts, size });
  const widest = data.map(([name]) => [name, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
  let end = aligned(Buffer.byteLength(headerOf(widest, Number.MAX_SAFE_INTEGER)) + 1);
  const parts = data.map(([name, { length }]) => {
    const start = end;
    end = aligned(start + length);
    return [name, start, length];
  });
  const bytes = Buffer.alloc(end);
  bytes.write(`${headerOf(parts, end)}\n`);
  data.forEach(([, part], index) => part.copy(bytes, parts[index][1]));
  return bytes;
}

const aligned = (length) => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

module.exports = { loadCompiled };
