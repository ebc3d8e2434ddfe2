import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { messageOf, RunnerError } from '../../base/errors.ts';
import type { ContainerEngine, ContainerSpec, Mount } from '../../container/index.ts';
import type { Check } from './check.ts';

const IMAGE = 'cyto-run/doctor:1';

/** What the container is asked to find out about itself: one `name=yes|no` a line. */
const SCRIPT = `
tell() { if eval "$2" 2>/dev/null; then echo "$1=yes"; else echo "$1=no"; fi; }
tell caller '[ "$(id -u)" = "$EXPECTED_UID" ]'
tell work 'touch "$PWD/written"'
tell home 'touch "$HOME/written"'
tell root-read-only '! touch /written'
tell input-read-only '! touch /input/written && [ "$(cat /input/file)" = hello ]'
tell no-network '[ "$(grep -c : /proc/net/dev)" = 1 ]'
tell no-privileges 'grep -q "^CapEff:.0*$" /proc/self/status && grep -q "^NoNewPrivs:.1$" /proc/self/status'
`;

const MEANINGS: Readonly<Record<string, string>> = {
  caller: 'apps run as you, so outputs are yours',
  work: 'the working directory is writable',
  home: 'HOME is writable',
  'root-read-only': 'the root file system is read-only',
  'input-read-only': 'inputs can be read and not written',
  'no-network': 'the network is off',
  'no-privileges': 'no capabilities, no new privileges',
};

/**
 * Runs a real container and reports what held. It needs no image of anybody: an empty one is built
 * and this machine's own programs are mounted into it, read-only.
 */
export async function checkContainer(engine: ContainerEngine): Promise<Check[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'cyto-run-doctor-')));
  try {
    await mkdir(join(folder, 'image'));
    await writeFile(join(folder, 'image', 'Dockerfile'), 'FROM scratch\nCMD ["/bin/sh"]\n');
    const signal = AbortSignal.timeout(CHECK_MS);
    await engine.buildImage({ contextFolder: join(folder, 'image'), tag: IMAGE }, signal);
    const image = await engine.resolveImage({ reference: IMAGE, pull: 'never' }, signal);
    const started = performance.now();
    const { text, exitCode } = await outputOf(engine, await specOf(folder, image.id), signal);
    const tookMs = performance.now() - started;
    if (exitCode !== 0 || text === '')
      return [fails(`the test container ended with exit code ${exitCode}`)];
    return [
      { name: 'a container', result: 'works', detail: `ran in ${(tookMs / 1000).toFixed(2)} s` },
      ...promises(text),
    ];
  } catch (error) {
    return [fails(messageOf(error), error instanceof RunnerError ? error.hint : undefined)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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

async function specOf(folder: string, image: string): Promise<ContainerSpec> {
  for (const name of ['work', 'home', 'input']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'input', 'file'), 'hello\n');
  const uid = process.getuid?.() ?? 0;
  const programs = ['/bin', '/lib', '/lib64', '/usr'].filter((path) => existsSync(path));
  const mounts: Mount[] = await Promise.all(
    programs.map(async (path) => ({ source: await realpath(path), target: path, readOnly: true })),
  );
  return {
    name: `cyto-run-doctor-${process.pid}`,
    runId: 'doctor',
    attempt: 1,
    ownerLabel: 'doctor',
    image,
    entrypoint: 'replaced',
    argv: ['/bin/sh', '-c', SCRIPT],
    environment: { HOME: '/cyto-run/home', EXPECTED_UID: String(uid), PATH: '/bin:/usr/bin' },
    workingDirectory: '/cyto-run/work',
    user: { uid, gid: process.getgid?.() ?? 0 },
    mounts: [
      ...mounts,
      { source: join(folder, 'work'), target: '/cyto-run/work', readOnly: false },
      { source: join(folder, 'home'), target: '/cyto-run/home', readOnly: false },
      { source: join(folder, 'input'), target: '/input', readOnly: true },
    ],
    readOnlyRoot: true,
    network: 'none',
    limits: { pids: 64, memoryBytes: 256 * 2 ** 20, cpus: 1 },
  };
}

function promises(text: string): Check[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split('='))
    .map(([name = '', answer]) => ({
      name: name.replaceAll('-', ' '),
      result: answer === 'yes' ? ('works' as const) : ('fails' as const),
      detail: `${answer === 'yes' ? '' : 'not kept here: '}${MEANINGS[name] ?? name}`,
    }));
}

const fails = (detail: string, hint?: string): Check => ({
  name: 'a container',
  result: 'fails',
  detail,
  ...(hint === undefined ? {} : { hint }),
});
