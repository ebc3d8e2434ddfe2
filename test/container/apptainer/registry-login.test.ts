import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { cli, type CliResult } from '../../support/cli.ts';
import { PROBE } from '../../support/cluster-user.ts';
import { describeWith } from '../../support/needs.ts';
import { ociImage } from '../../support/oci-image.ts';
import { ANN, realRegistry } from '../../support/real-registry.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const PULLS_MS = 300_000;

/** Logs in as people do, with the variables that they have set. */
const login = (host: string, env: Readonly<Record<string, string>>): void => {
  const words = ['registry', 'login', '--username', ANN.username, '--password-stdin'];
  execFileSync('apptainer', [...words, `docker://${host}`], {
    env: { PATH: process.env['PATH'], ...env },
    input: ANN.password,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
};

describeWith('apptainer', 'an image of a private registry, for Apptainer', () => {
  describeWith('registry', 'real, on loopback', () => {
    test(
      "opens to Apptainer's own login and to Docker's, wherever they are kept, and to nobody else",
      async () => {
        await using closed = await realRegistry({ private: true });
        await using folder = await temporaryFolder('cyto-run-');
        const image = await ociImage(folder.path);
        closed.copy(`oci:${image.folder}:app:1`, `docker://${closed.host}/app:1`, ['--all']);
        const place = async (name: string): Promise<string> => {
          const path = join(folder.path, name);
          await mkdir(path);
          return path;
        };
        const data = await place('data');
        const run = (env: Readonly<Record<string, string>>): Promise<CliResult> => {
          // What is here already is asked for all the same.
          const image = ['--use-image', `${closed.host}/app:1`, '--pull', 'always'];
          const words = [PROBE, '--engine', 'apptainer', ...image, '--param', 'verbs=argv'];
          return cli(words, { home: data, env });
        };
        const stranger = await run({ HOME: await place('stranger') });
        expect(stranger.stderr).toMatch(/image-pull-failed: .* does not let us pull/);

        const usual = { HOME: await place('usual') };
        login(closed.host, usual);
        // Apptainer's lies where Docker's usually does; theirs is elsewhere.
        const elsewhere = { ...usual, DOCKER_CONFIG: await place('elsewhere') };
        const chosen = { HOME: await place('home'), APPTAINER_CONFIGDIR: await place('chosen') };
        login(closed.host, chosen);
        const old = { HOME: await place('old') };
        const docker = { HOME: await place('dockers'), DOCKER_CONFIG: await place('docker') };
        const auth = Buffer.from(`${ANN.username}:${ANN.password}`).toString('base64');
        const config = JSON.stringify({ auths: { [closed.host]: { auth } } });
        await mkdir(join(old.HOME, '.apptainer'));
        await writeFile(join(old.HOME, '.apptainer', 'docker-config.json'), config);
        await writeFile(join(docker.DOCKER_CONFIG, 'config.json'), config);
        for (const env of [usual, elsewhere, chosen, old, docker]) {
          const { exitCode, stderr } = await run(env);
          expect(exitCode, `${JSON.stringify(env)}\n${stderr}`).toBe(0);
          expect(stderr).not.toContain(ANN.password);
        }
      },
      PULLS_MS,
    );
  });
});
