import { existsSync, realpathSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { messageOf, RunnerError } from '../../base/errors.ts';
import type {
  ContainerEngine,
  ContainerSpec,
  EngineInfo,
  EnginePromise,
  Mount,
} from '../../container/index.ts';
import type { Check } from './check.ts';

/** What a program is asked to find out about itself: one `name=yes|no` a line. */
const SCRIPT = `
tell() { if eval "$2" 2>/dev/null; then echo "$1=yes"; else echo "$1=no"; fi; }
tell caller '[ "$(id -u)" = "$EXPECTED_UID" ]'
tell work 'touch "$PWD/written"'
tell home 'touch "$HOME/written"'
tell input-read-only '! touch "$INPUT/written" && [ "$(cat "$INPUT/file")" = hello ]'
tell no-network '[ "$(grep -c : /proc/net/dev)" = 1 ]'
tell no-privileges 'grep -q "^CapEff:.0*$" /proc/self/status && grep -q "^NoNewPrivs:.1$" /proc/self/status'
`;
/** Not asked of a program without a container: it would write to this machine's own root. */
const ROOT_SCRIPT = "tell root-read-only '! touch /written'\n";

/** What each answer means, and the promise that it shows kept or not. */
const MEANINGS: Readonly<Record<string, readonly [EnginePromise, string]>> = {
  caller: ['user', 'apps run as you, so outputs are yours'],
  work: ['writable-places', 'the working directory is writable'],
  home: ['writable-places', 'HOME is writable'],
  'input-read-only': ['read-only-inputs', 'inputs can be read and not written'],
  'no-network': ['network-off', 'the network is off'],
  'no-privileges': ['capabilities', 'no capabilities, no new privileges'],
  'root-read-only': ['read-only-root', 'the root file system is read-only'],
};

/**
 * Runs a real container and reports what held: what does not is a failure, unless the engine declares
 * it. It needs no image of anybody: an empty one is made and this machine's own programs are mounted
 * into it, read-only.
 */
export async function checkContainer(engine: ContainerEngine, info: EngineInfo): Promise<Check[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'cyto-run-doctor-')));
  try {
    const signal = AbortSignal.timeout(CHECK_MS);
    for (const name of ['work', 'home', 'input']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'input', 'file'), 'hello\n');
    const spec =
      engine.name === 'process'
        ? programSpec(folder)
        : containerSpec(folder, await emptyImage(engine, folder, signal));
    const started = performance.now();
    const { text, exitCode } = await outputOf(engine, spec, signal);
    const tookMs = performance.now() - started;
    if (exitCode !== 0 || text === '')
      return [fails(`the test program ended with exit code ${exitCode}`)];
    return [
      { name: NAME, result: 'works', detail: `ran in ${(tookMs / 1000).toFixed(2)} s` },
      ...promisesSeen(text, info.limitations),
    ];
  } catch (error) {
    return [fails(messageOf(error), error instanceof RunnerError ? error.hint : undefined)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const NAME = 'a container';

async function emptyImage(
  engine: ContainerEngine,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const { writeEmptyImage } = await import('../../container/images/index.ts');
  const archive = join(folder, 'empty.tar');
  await writeEmptyImage(archive, process.arch === 'x64' ? 'amd64' : process.arch);
  const reference = `docker-archive:${archive}`;
  const { id } = await engine.resolveImage({ reference, pull: 'missing' }, signal);
  return id;
}

/** A first container on a cold machine takes seconds; more means it hangs. */
const CHECK_MS = 60_000;

async function outputOf(
  engine: ContainerEngine,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<{ text: string; exitCode: number }> {
  await using container = await engine.start(spec, signal);
  const parts: Uint8Array[] = [];
  for await (const { bytes } of container.output()) parts.push(bytes);
  const { exitCode } = await container.wait();
  return { text: Buffer.concat(parts).toString(), exitCode };
}

function containerSpec(folder: string, image: string): ContainerSpec {
  const programs = ['/bin', '/lib', '/lib64', '/usr'].filter((path) => existsSync(path));
  const mounts: Mount[] = programs.map((path) => ({
    source: realpathSync(path),
    target: path,
    readOnly: true,
  }));
  return {
    ...specIn({ work: '/cyto-run/work', home: '/cyto-run/home', input: '/input' }),
    image,
    argv: ['/bin/sh', '-c', SCRIPT + ROOT_SCRIPT],
    mounts: [
      ...mounts,
      { source: join(folder, 'work'), target: '/cyto-run/work', readOnly: false },
      { source: join(folder, 'home'), target: '/cyto-run/home', readOnly: false },
      { source: join(folder, 'input'), target: '/input', readOnly: true },
    ],
  };
}

const programSpec = (folder: string): ContainerSpec => ({
  ...specIn({
    work: join(folder, 'work'),
    home: join(folder, 'home'),
    input: join(folder, 'input'),
  }),
  image: '',
  argv: ['/bin/sh', '-c', SCRIPT],
  mounts: [],
});

function specIn(
  places: Readonly<Record<'work' | 'home' | 'input', string>>,
): Omit<ContainerSpec, 'image' | 'argv' | 'mounts'> {
  const uid = process.getuid?.() ?? 0;
  return {
    name: `cyto-run-doctor-${process.pid}`,
    runId: 'doctor',
    attempt: 1,
    ownerLabel: 'doctor',
    entrypoint: 'replaced',
    environment: {
      HOME: places.home,
      INPUT: places.input,
      EXPECTED_UID: String(uid),
      PATH: '/bin:/usr/bin',
    },
    workingDirectory: places.work,
    user: { uid, gid: process.getgid?.() ?? 0 },
    readOnlyRoot: true,
    network: 'none',
    limits: { pids: 64, memoryBytes: 256 * 2 ** 20, cpus: 1 },
  };
}

function promisesSeen(text: string, limitations: EngineInfo['limitations']): Check[] {
  return text
    .trim()
    .split('\n')
    .flatMap((line): Check[] => {
      const [name = '', answer] = line.split('=');
      const [promise, meaning] = MEANINGS[name] ?? [];
      if (promise === undefined || meaning === undefined) return [];
      const shown = { name: name.replaceAll('-', ' ') };
      if (answer === 'yes') return [{ ...shown, result: 'works', detail: meaning }];
      // A declared limitation has its own line.
      return limitations[promise] === undefined
        ? [{ ...shown, result: 'fails', detail: `not kept here: ${meaning}` }]
        : [];
    });
}

const fails = (detail: string, hint?: string): Check => ({
  name: NAME,
  result: 'fails',
  detail,
  ...(hint === undefined ? {} : { hint }),
});
