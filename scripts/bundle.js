import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

import { handedInImport, lazyBuiltins, postponed } from './lazy-loading.js';

/**
 * Libraries that every start or every run needs, put into the bundle: a hundred small files less to find.
 * All others are loaded from `node_modules` when they are needed.
 */
const BUNDLED = [
  'yargs',
  'yaml',
  'fastest-levenshtein',
  'fast-string-truncated-width',
  'dockerode',
];

/** A `require` as docker-modem, which is dockerode's own dependency, has it. */
const MODEM = "createRequire(createRequire(here.resolve('dockerode')).resolve('docker-modem'))";

/**
 * What these libraries load and hardly ever call: dockerode's gRPC session (BuildKit builds only), its SSH
 * client (`ssh://` hosts only) and its packing of folders take three quarters of its 150 ms.
 */
const SELDOM_CALLED = [
  { by: 'dockerode', id: './session', load: "here('dockerode/lib/session.js')" },
  {
    by: 'dockerode',
    id: './buildkit',
    load: "here('dockerode/lib/buildkit.js')",
    functions: ['followProgress'],
  },
  { by: 'docker-modem', id: './ssh', load: `${MODEM}('docker-modem/lib/ssh.js')` },
  { by: 'docker-modem', id: 'split-ca', load: `${MODEM}('split-ca')` },
  { by: 'docker-modem', id: 'https', load: "here('node:https')", functions: ['request'] },
  { by: 'dockerode', id: 'tar-fs', load: "here('tar-fs')", functions: ['pack'] },
  { by: 'dockerode', id: 'zlib', load: "here('node:zlib')", functions: ['createGzip'] },
  { by: 'dockerode', id: '@balena/dockerignore', load: "here('@balena/dockerignore')" },
];

/** `loadDockerode` of the source finds it in `node_modules` and postpones the same by another way. */
const bundledDockerode = {
  name: 'bundled-dockerode',
  load: (id) =>
    id.endsWith('/src/container/docker/dockerode.ts')
      ? "export const loadDockerode = () => require('dockerode');"
      : null,
};

/** yargs looks for the version of a package in vain, by a failing assertion: a plain error says as much. */
const plainAssert = {
  name: 'plain-assert',
  resolveId: (id, importer) =>
    id === 'assert' && importer?.includes('/node_modules/yargs/') ? '\0plain-assert' : null,
  load: (id) =>
    id === '\0plain-assert'
      ? `const assert = (holds, message) => { if (!holds) throw new Error(message); };
         export const strictEqual = (is, should, message) => assert(Object.is(is, should), message);
         export const notStrictEqual = (is, not, message) => assert(!Object.is(is, not), message);`
      : null,
};

/** docker-modem prints every request in full for its debug log, read or not: here when it is read. */
const quietModem = {
  name: 'quiet-modem',
  transform(code, id) {
    if (!id.endsWith('/docker-modem/lib/modem.js')) return null;
    const quiet = code.replace(
      "debug('Sending: %s', util.inspect(",
      "if (debug.enabled) debug('Sending: %s', util.inspect(",
    );
    if (quiet === code) throw new Error(`${id} has changed: see what it does with every request`);
    return quiet;
  },
};

/** yargs looks how wide stdout is when it is loaded, for which Node makes a stream of it: here when it is asked. */
const lateWidth = {
  name: 'late-width',
  transform(code, id) {
    if (!id.endsWith('/yargs/lib/platform-shims/esm.mjs')) return null;
    const late = code.replace(
      /stdColumns: (typeof process\.stdout[^,}]*)/,
      'get stdColumns() { return $1; }',
    );
    if (late === code) throw new Error(`${id} has changed: see what it does when it is loaded`);
    return late;
  },
};

/** The width of text outside ASCII is rarely asked for; the expressions that know it take long to make. */
const lateUnicode = {
  name: 'late-unicode',
  resolveId: (id, importer) =>
    id === 'fast-string-truncated-width' && importer !== LATE_UNICODE ? LATE_UNICODE : null,
  load: (id) =>
    id === LATE_UNICODE
      ? "export default (...given) => require('fast-string-truncated-width').default(...given);"
      : null,
};
const LATE_UNICODE = '\0late-unicode';

/** What `READABLE_STREAM=disable` makes of it: Node's own streams instead of a copy of older ones. */
const nodeStreams = {
  name: 'node-streams',
  resolveId: (id) => (id === 'readable-stream' ? { id: 'node:stream', external: true } : null),
};

/**
 * Compiles the command line into `dist/cli`, one file for each part that is loaded by itself. CommonJS:
 * it is linked faster, and loads Node's modules without making up their exports. Files of
 * an earlier build stay: a program that is running may still load its parts. The last one written is
 * the entry, with the time at which the build began, so that an edit made meanwhile counts as newer.
 *
 * @param {string} root
 */
export async function bundleProgram(root) {
  const beganAt = new Date();
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const external = Object.keys(dependencies).filter((name) => !BUNDLED.includes(name));
  const bundle = await rolldown({
    cwd: root,
    input: { main: join(root, 'src', 'cli', 'main.ts') },
    platform: 'node',
    external: (id, importer) =>
      external.some((name) => id === name || id.startsWith(`${name}/`)) &&
      !importer?.includes('/node_modules/dockerode/'),
    plugins: [
      postponed(SELDOM_CALLED),
      plainAssert,
      lateWidth,
      quietModem,
      lateUnicode,
      nodeStreams,
      bundledDockerode,
      lazyBuiltins(),
      handedInImport(),
    ],
    // Only yargs asks for it, to find configuration files that extend others: we read none by yargs.
    transform: { define: { 'import.meta.resolve': 'undefined' } },
  });
  const { output } = await bundle.generate({
    format: 'cjs',
    entryFileNames: '[name].js',
    // Beside the entry, so that a path relative to `src/cli` is right in `dist/cli` too.
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  const folder = join(root, 'dist', 'cli');
  mkdirSync(folder, { recursive: true });
  replaceFile(join(folder, 'package.json'), '{ "type": "commonjs" }\n', beganAt);
  writeFileSync(join(root, 'dist', 'third-party-licenses.txt'), licencesOf(output));
  for (const { fileName, code } of output.toSorted((a, b) => Number(a.isEntry) - Number(b.isEntry)))
    replaceFile(join(folder, fileName), `${inAscii(code)}// ${beganAt.toISOString()}\n`, beganAt);
}

/** One character outside Latin-1 makes V8 keep and compare the whole file at twice its size. */
const inAscii = (code) =>
  /String\.raw`[^`]*[^\0-\x7f]/.test(code)
    ? code
    : code.replaceAll(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );

/** Never half-written: another process may be starting from it. */
function replaceFile(path, text, time) {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text);
  utimesSync(temporary, time, time);
  renameSync(temporary, path);
}

/** The licences of the libraries in the bundle, which their texts ask to go with it. */
function licencesOf(output) {
  const packages = new Set(
    output
      .flatMap((chunk) => chunk.moduleIds)
      .map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0])
      .filter((folder) => folder !== undefined),
  );
  return [...packages].sort().map(licenceOf).join('\n\n');
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  if (file === undefined) throw new Error(`${name} is bundled and has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}`;
}
