import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { chooseEngine, type EngineQuestion } from '../../src/site/choose-engine.ts';
import { LOOKS, missingEngine, type EngineName } from '../../src/container/index.ts';
import { cli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A machine that has just these engines. */
function choiceWhere(
  here: readonly EngineName[],
  question: Partial<EngineQuestion> = {},
): ReturnType<typeof chooseEngine> {
  return chooseEngine({
    env: {},
    look: (name) =>
      here.includes(name)
        ? { there: true, where: `/${name}` }
        : { there: false, why: `no ${name}`, hint: `Get ${name}.` },
    ...question,
  });
}

const DOCKER_IMAGE = { type: 'docker', image: 'a/b:1', dialect: 'boutiques-0.5' } as const;
const SINGULARITY = { ...DOCKER_IMAGE, type: 'singularity' } as const;
const CYTOMINE = { ...SINGULARITY, dialect: 'cytomine-0.1' } as const;
const SIF = { ...CYTOMINE, image: 'app.sif' } as const;

describe('the engine that a run gets when none is named', () => {
  test.each([
    { here: ['docker', 'podman', 'apptainer', 'slurm'], image: DOCKER_IMAGE, chosen: 'docker' },
    { here: ['podman', 'apptainer', 'slurm'], image: DOCKER_IMAGE, chosen: 'podman' },
    { here: ['apptainer'], image: DOCKER_IMAGE, chosen: 'apptainer' },
    { here: ['docker', 'apptainer'], image: SINGULARITY, chosen: 'apptainer' },
    { here: ['docker'], image: SINGULARITY, chosen: 'docker' },
    { here: ['docker', 'apptainer'], image: CYTOMINE, chosen: 'docker' },
    { here: ['docker', 'apptainer'], image: SIF, chosen: 'apptainer' },
    { here: ['process'], image: DOCKER_IMAGE, chosen: 'docker' },
  ] as const)('$chosen for a $image.type image where there is $here', ({ here, image, chosen }) => {
    expect(choiceWhere(here, { image }).name).toBe(chosen);
  });

  test('says why: what was found, and what was passed over', () => {
    expect(choiceWhere(['podman'], { image: DOCKER_IMAGE }).reason).toBe(
      'found: /podman; docker is not to be had (no docker)',
    );
    expect(choiceWhere(['apptainer', 'docker'], { image: SINGULARITY }).reason).toContain(
      'the image is one for Singularity',
    );
    expect(choiceWhere([]).reason).toContain('no engine was found');
  });

  test('is the one that was asked for, whatever is here', () => {
    const source = { kind: 'variable', name: 'CYTO_RUN_ENGINE' } as const;
    expect(choiceWhere(['docker'], { asked: { name: 'process', source } })).toEqual({
      name: 'process',
      reason: 'set by CYTO_RUN_ENGINE',
    });
  });
});

describe('looking for engines', () => {
  test('finds commands on PATH, and only what can be executed', async () => {
    await using folder = await temporaryFolder();
    const [tools, other] = [join(folder.path, 'tools'), join(folder.path, 'other')];
    await mkdir(tools);
    await mkdir(join(other, 'sbatch'), { recursive: true });
    await writeFile(join(tools, 'singularity'), '');
    const env = { PATH: `${other}::${tools}` };
    expect(LOOKS.apptainer(env).there).toBe(false);
    await chmod(join(tools, 'singularity'), 0o755);
    expect(LOOKS.apptainer(env)).toEqual({ there: true, where: join(tools, 'singularity') });
    expect(LOOKS.slurm(env).there).toBe(false);
  });

  test("finds the user's own Podman by its socket", async () => {
    await using folder = await temporaryFolder('cyto-run ');
    await mkdir(join(folder.path, 'podman'));
    const socket = join(folder.path, 'podman/podman.sock');
    const before = LOOKS.podman({ XDG_RUNTIME_DIR: folder.path });
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    const after = LOOKS.podman({ XDG_RUNTIME_DIR: folder.path });
    server.close();
    expect(before.there && before.where === socket).toBe(false);
    expect(after.there).toBe(true);
  });

  test('takes a DOCKER_HOST for a wish, there or not', () => {
    const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    expect(LOOKS.docker(env)).toEqual({ there: true, where: 'unix:///nowhere/docker.sock' });
  });
});

const PROBE = new URL('../../apps/probe/descriptor.json', import.meta.url).pathname;

test('an engine of a mistyped name is answered with the one that may be meant', async () => {
  await using home = await temporaryFolder();
  const { exitCode, stderr } = await cli([PROBE, '--engine', 'dokcer'], { home: home.path });
  expect([exitCode, stderr]).toEqual([64, expect.stringContaining('Did you mean docker?')]);
});

test('a dry run tells the engine and why, and starts nothing', async () => {
  await using home = await temporaryFolder();
  const args = [PROBE, '--param', 'verbs=exit', '--dry-run', '--json'];
  const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const { stdout } = await cli(args, { home: home.path, env });
  expect((JSON.parse(stdout) as { engine: unknown }).engine).toEqual({
    name: 'docker',
    reason: 'found: unix:///nowhere/docker.sock',
  });
});

test('an engine is not installed where neither it nor a program of it is there; one that is stopped, is', () => {
  const gone = { there: false, why: 'no socket', hint: 'Start it.' } as const;
  const none = { PATH: '/nonexistent' };
  expect(missingEngine('docker', none, () => gone)).toBe(gone);
  expect(missingEngine('docker', none, () => ({ there: true, where: '/x.sock' }))).toBeUndefined();
  expect(missingEngine('process', none)).toBeUndefined();
  expect(missingEngine('slurm', none)).toBeUndefined();
  expect(missingEngine('apptainer', none)).toMatchObject({ there: false });
});
