import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { PODMAN_SOCKET } from '../../scripts/setup/podman.js';
import { systemClock } from '../../src/base/clock.ts';
import { resolveSif } from '../../src/container/apptainer/index.ts';
import { installedApptainer } from '../../src/container/apptainer/version.ts';
import { dockerEngine } from '../../src/container/docker/index.ts';
import type { ImageRequest, ResolvedImage } from '../../src/container/index.ts';
import { describeWith, isPresent, type Part } from '../support/needs.ts';
import { ociArchive, ociImage, type OciImage } from '../support/oci-image.ts';
import { ANN, realRegistry, type RealRegistry } from '../support/real-registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { uniqueImage } from '../support/unique-image.ts';

const IMAGES_MS = 600_000;
const never = new AbortController().signal;
/** Of Apptainer, of this test file alone. */
const cacheFolder = mkdtempSync(join(tmpdir(), 'cyto-run images: é '));

/** One engine: how it brings an image here, and what `/unique` in that image holds. */
interface Kind {
  readonly part: Part;
  readonly resolve: (
    request: Partial<ImageRequest> & { reference: string },
  ) => Promise<ResolvedImage>;
  readonly read: (image: ResolvedImage) => string;
  readonly remove: (image: ResolvedImage) => void;
}

const program = (name: string, ...args: string[]): string =>
  execFileSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const daemon = (
  part: 'docker' | 'podman',
  options: Parameters<typeof dockerEngine>[0],
  command: string[],
): Kind => {
  const [name = '', ...first] = command;
  return {
    part,
    resolve: (request) =>
      dockerEngine(options).resolveImage({ pull: 'missing', ...request }, never),
    read: ({ id }) =>
      program(
        name,
        ...first,
        'run',
        '--rm',
        '--network',
        'none',
        '--entrypoint',
        '/bin/cat',
        id,
        '/unique',
      ),
    remove: ({ id }) => {
      program(name, ...first, 'rmi', '--force', id);
    },
  };
};

const KINDS: readonly Kind[] = [
  daemon('docker', {}, ['docker']),
  daemon('podman', { socketPath: PODMAN_SOCKET }, ['podman', '--url', `unix://${PODMAN_SOCKET}`]),
  {
    part: 'apptainer',
    resolve: async (request) => {
      const apptainer = await installedApptainer(cacheFolder);
      const ports = { cacheFolder, clock: systemClock, apptainer };
      return resolveSif({ pull: 'missing', ...request }, ports, never);
    },
    read: ({ id }) =>
      program('apptainer', '--quiet', 'exec', '--containall', id, '/bin/cat', '/unique'),
    remove: () => undefined,
  },
];

afterAll(() => spawnSync('rm', ['-rf', cacheFolder]));

describe.each(KINDS)('$part', ({ part, resolve, read, remove }) => {
  describeWith(part, 'an image for every engine', () => {
    describeWith('registry', 'from a real registry', () => {
      let registry: RealRegistry;
      beforeAll(async () => {
        registry = await realRegistry();
      });
      afterAll(async () => {
        await registry[Symbol.asyncDispose]();
      });

      const pushed = async (
        folder: string,
        compression: 'gzip' | 'zstd',
      ): Promise<OciImage & { reference: string }> => {
        const image = await ociImage(folder, { compression });
        const reference = `${registry.host}/group/app:${compression}-${image.mark}`;
        registry.copy(`oci:${image.folder}:app:1`, `docker://${reference}`, ['--all']);
        return { ...image, reference };
      };

      test.each(['gzip', 'zstd'] as const)(
        "an index with attestations and %s layers is this platform's image, both digests told",
        async (compression) => {
          await using folder = await temporaryFolder('cyto-run-');
          const { reference, mark, indexDigest, manifestDigest } = await pushed(
            folder.path,
            compression,
          );
          const image = await resolve({ reference: `docker://${reference}` });
          expect(image).toMatchObject({
            digest: indexDigest,
            manifestDigest,
            entrypoint: ['/bin/probe'],
            workingDirectory: '/tmp',
            pulled: true,
          });
          expect(read(image)).toBe(mark);
          expect(await resolve({ reference })).toMatchObject({ id: image.id, pulled: false });
          const pinned = `${reference.replace(/:[^:]*$/, '')}@${indexDigest}`;
          const again = await resolve({ reference: pinned });
          expect(read(again)).toBe(mark);
          remove(image);
          if (again.id !== image.id) remove(again);
        },
        IMAGES_MS,
      );

      test('what the registry has not is told, with the digest that was asked for', async () => {
        const absent = { reference: `${registry.host}/group/absent:1` };
        await expect(resolve(absent)).rejects.toMatchObject({ code: 'image-not-found' });
        await expect(resolve({ ...absent, pull: 'never' })).rejects.toMatchObject({
          code: 'image-not-found',
        });
        const wrong = `${registry.host}/group/app@sha256:${'0'.repeat(64)}`;
        await expect(resolve({ reference: wrong })).rejects.toMatchObject({
          code: 'image-not-found',
        });
      });

      test('an image for other machines alone is told to be that', async () => {
        await using folder = await temporaryFolder('cyto-run-');
        const image = await ociImage(folder.path, { architecture: 's390x', empty: true });
        const reference = `${registry.host}/group/other:${image.mark}`;
        registry.copy(`oci:${image.folder}:app:1`, `docker://${reference}`, ['--all']);
        await expect(resolve({ reference })).rejects.toMatchObject({
          code: 'image-not-found',
          message: expect.stringContaining('not made for this machine') as string,
        });
      });

      test(
        'a private registry opens to the login of docker, and to nobody else',
        async () => {
          await using closed = await realRegistry({ private: true });
          await using folder = await temporaryFolder('cyto-run-');
          const image = await ociImage(folder.path);
          const reference = `${closed.host}/app:${image.mark}`;
          closed.copy(`oci:${image.folder}:app:1`, `docker://${reference}`, ['--all']);
          vi.stubEnv('DOCKER_CONFIG', folder.path);
          await expect(resolve({ reference })).rejects.toMatchObject({
            code: 'image-pull-failed',
            hint: expect.stringContaining(`docker login ${closed.host}`) as string,
          });
          const auth = Buffer.from(`${ANN.username}:${ANN.password}`).toString('base64');
          await writeFile(
            join(folder.path, 'config.json'),
            JSON.stringify({ auths: { [closed.host]: { auth } } }),
          );
          const found = await resolve({ reference });
          expect(read(found)).toBe(image.mark);
          remove(found);
        },
        IMAGES_MS,
      );
    });

    test(
      'an OCI archive or folder, whatever its layers are stored as, and named with spaces and colons',
      async () => {
        await using folder = await temporaryFolder('cyto-run a:b é ');
        const image = await ociImage(folder.path, { compression: 'zstd' });
        ociArchive(image, join(folder.path, 'app: 1.tar'));
        const found = await resolve({ reference: 'oci-archive:app: 1.tar', folder: folder.path });
        expect(found).toMatchObject({
          digest: image.indexDigest,
          manifestDigest: image.manifestDigest,
          pulled: true,
        });
        expect(read(found)).toBe(image.mark);
        const same = await resolve({ reference: `oci:${image.folder}:app:1` });
        expect(same).toMatchObject({ id: found.id, pulled: false });
        remove(found);
      },
      IMAGES_MS,
    );

    test(
      'an archive of docker save, whose name stays with whoever has it',
      async () => {
        await using folder = await temporaryFolder('cyto-run a:b ');
        const { archive, mark, name } = await uniqueImage(folder.path);
        const found = await resolve({ reference: `docker-archive:${archive}` });
        expect(read(found)).toBe(mark);
        expect(await resolve({ reference: `docker-archive:${archive}:${name}` })).toMatchObject({
          id: found.id,
          pulled: false,
        });
        await expect(resolve({ reference: name, pull: 'never' })).rejects.toMatchObject({
          code: 'image-not-found',
        });
        remove(found);
      },
      IMAGES_MS,
    );

    test.runIf(isPresent('apptainer'))(
      'a .sif, with what its image starts and its checksum',
      async () => {
        await using folder = await temporaryFolder('cyto-run-');
        const { archive, mark } = await uniqueImage(folder.path);
        const sif = join(folder.path, 'app: 1.sif');
        program('apptainer', 'build', sif, `docker-archive:${archive}`);
        const found = await resolve({ reference: './app: 1.sif', folder: folder.path });
        expect(found).toMatchObject({
          entrypoint: ['/bin/probe'],
          platform: expect.stringMatching(/^linux\//) as string,
          sha256: program('sha256sum', sif).replace('\\', '').slice(0, 64),
        });
        expect(read(found)).toBe(mark);
        remove(found);
        await writeFile(join(folder.path, 'text.sif'), 'no image');
        await expect(resolve({ reference: 'text.sif', folder: folder.path })).rejects.toMatchObject(
          {
            code: 'image-pull-failed',
            message: expect.stringContaining('not a SIF file') as string,
          },
        );
      },
      IMAGES_MS,
    );
  });
});
