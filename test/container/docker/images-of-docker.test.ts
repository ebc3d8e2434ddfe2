import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

import { PODMAN_SOCKET } from '../../../scripts/setup/podman.js';
import { podmanEngine } from '../../../src/container/docker/index.ts';
import { describeWith } from '../../support/needs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { uniqueImage } from '../../support/unique-image.ts';

const IMAGES_MS = 600_000;
const never = new AbortController().signal;
const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' });
const podman = (...args: string[]): string =>
  execFileSync('podman', ['--url', `unix://${PODMAN_SOCKET}`, ...args], { encoding: 'utf8' });

describeWith('docker', 'an image that Docker has', () => {
  describeWith('podman', 'on Podman, which keeps images of its own', () => {
    test(
      'is taken over where it is named as one of Docker, and is suggested where it is not',
      async () => {
        await using folder = await temporaryFolder('cyto-run-');
        const unique = await uniqueImage(folder.path);
        docker('load', '--quiet', '--input', unique.archive);
        await using _gone = {
          [Symbol.asyncDispose]: () =>
            Promise.resolve(docker('rmi', '--force', unique.name)).then(() => undefined),
        };
        const engine = podmanEngine({ socketPath: PODMAN_SOCKET });
        await expect(
          engine.resolveImage({ reference: unique.name, pull: 'never' }, never),
        ).rejects.toMatchObject({
          code: 'image-not-found',
          hint: expect.stringContaining(`docker-daemon:${unique.name}`) as string,
        });
        const request = { reference: `docker-daemon:${unique.name}`, pull: 'never' } as const;
        const first = await engine.resolveImage(request, never);
        try {
          expect(podman('run', '--rm', '--entrypoint', '/bin/cat', first.id, '/unique')).toBe(
            unique.mark,
          );
          expect(await engine.resolveImage(request, never)).toMatchObject({
            id: first.id,
            pulled: false,
          });
        } finally {
          podman('rmi', '--force', first.id);
        }
      },
      IMAGES_MS,
    );

    test('that is not there either is told to be Docker’s', async () => {
      const engine = podmanEngine({ socketPath: PODMAN_SOCKET });
      const request = { reference: 'docker-daemon:cyto-run/none:1', pull: 'never' } as const;
      await expect(engine.resolveImage(request, never)).rejects.toMatchObject({
        code: 'image-not-found',
        message: 'Docker has no image cyto-run/none:1 on this machine',
      });
    });
  });
});
