import { builtinModules } from 'node:module';

/*
 * Plugins for the bundle: what a start does not use, it does not load. Node's own crypto, streams and
 * promises of files alone take a quarter of the time of a dry run.
 */

/** A line of a CommonJS chunk that loads one of Node's modules, as the bundler writes it. */
const BUILTIN_LINE = /^let (\w+) = require\("(?:node:)?([\w/]+)"\);$/gm;

/**
 * Loads a module of Node when the first of its exports is used; they have no effects of their own, so
 * it does not matter when. The bundler reaches imports as `node_fs.readFileSync`; where a chunk
 * does anything else with the module, it is loaded at once, as ever.
 *
 * @returns {import('rolldown').Plugin}
 */
export const lazyBuiltins = () => ({
  name: 'lazy-builtins',
  renderChunk: (code) =>
    code.replaceAll(BUILTIN_LINE, (line, variable, id) =>
      builtinModules.includes(id) ? (lazyLine(code, variable, id) ?? line) : line,
    ),
});

/**
 * Calls `importOutside`, which the loader of the bundle hands in (`bin/compiled-program.js`), where an
 * `import()` of a library or of Node is left in a chunk.
 *
 * @returns {import('rolldown').Plugin}
 */
export const handedInImport = () => ({
  name: 'handed-in-import',
  renderChunk: (code) => code.replaceAll(/\bawait import\((?="[\w@])/g, 'await importOutside('),
});

function lazyLine(code, variable, id) {
  const uses = code.match(new RegExp(`\\b${variable}\\b`, 'g')).length - 1;
  const members = [...code.matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, 'g'))].map(([, m]) => m);
  if (members.length !== uses) return undefined;
  const getters = [...new Set(members)].map((name) => `get ${name}() { return take("${name}"); }`);
  // A value takes its getter's place: from then on it costs what it always did.
  return `let ${variable} = ((take) => ({ ${getters.join(', ')} }))((name) => {
	const value = require("node:${id}")[name];
	Object.defineProperty(${variable}, name, { value });
	return value;
});`;
}

/**
 * A module of a library that is seldom called: it is loaded from `node_modules` when one of its functions is.
 *
 * @typedef {object} SeldomCalled
 * @property {string} by the package that asks for it
 * @property {string} id how it asks
 * @property {string} load an expression that loads it; `here` is a `require` of the bundle's place
 * @property {readonly string[]} [functions] those the package calls; none where the module is itself one
 */

/**
 * @param {readonly SeldomCalled[]} modules
 * @returns {import('rolldown').Plugin}
 */
export const postponed = (modules) => ({
  name: 'postponed',
  resolveId(id, importer) {
    const at = modules.findIndex(
      (module) => module.id === id && importer?.includes(`/node_modules/${module.by}/`),
    );
    return at < 0 ? null : `\0postponed-${at}.cjs`;
  },
  load(id) {
    const at = /^\0postponed-(\d+)\.cjs$/.exec(id)?.[1];
    return at === undefined ? null : standInFor(modules[at]);
  },
});

const standInFor = ({ load, functions }) => `
const { createRequire } = process.getBuiltinModule('node:module');
const here = createRequire(__filename);
const load = () => ${load};
${
  functions === undefined
    ? 'module.exports = function (...parameters) { return load().apply(this, parameters); };'
    : functions
        .map((name) => `exports.${name} = (...parameters) => load().${name}(...parameters);`)
        .join('\n')
}`;
