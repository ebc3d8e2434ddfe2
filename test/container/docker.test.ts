import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { loadDockerode } from '../../src/container/docker/dockerode.ts';
import { dockerEngine } from '../../src/container/docker/index.ts';
import { createRequest } from '../../src/container/docker/request.ts';
import type { PullProgress } from '../../src/container/index.ts';
import { describeWith } from '../support/needs.ts';
import { dockerUnderTest } from '../support/engines-under-test.ts';
import { PROBE_IMAGE } from '../support/probe-image.ts';
import { smallRegistry } from '../support/small-registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { engineContractWith } from './contract.ts';
import { type endOf, never, Subject } from './contract/subject.ts';

await engineContractWith('docker', 'docker', async () => ({
  setUp: dockerUnderTest,
  limitations: (await dockerEngine().info()).limitations,
}));

describeWith('docker', 'a real Docker engine', () => {
  describe('docker besides', () => {
    let subject: Subject;
    const client = new (loadDockerode())();
    beforeAll(async () => {
      subject = await Subject.of(dockerUnderTest);
    });

    test('a container that was created but never started is found as such, and can be removed', async () => {
      const spec = subject.spec(['exit', '0']);
      await client.createContainer(createRequest(spec, true));
      const found = await subject.engine.find(spec.name);
      expect(found?.phase).toBe('created');
      await expect(found?.wait()).rejects.toMatchObject({ code: 'engine-lost' });
      expect((await endOfOutput(found!)).length).toBe(0);
      await found?.stop(1_000);
      await found?.[Symbol.asyncDispose]();
      expect(await subject.engine.find(spec.name)).toBeUndefined();
    });

    test('a URL, which engines and proxies write down, holds nothing of a run but its name', () => {
      const spec = subject.spec(['secret'], { environment: { TOKEN: 'secret' } });
      const { _query: query, _body: body, ...rest } = createRequest(spec, true);
      expect([query, rest]).toEqual([{ name: spec.name }, {}]);
      expect(body).toMatchObject({ Cmd: ['secret'], Env: ['TOKEN=secret'] });
    });

    test("somebody else's container is not found, whatever it is called", async () => {
      const name = `cyto-run-foreign-${String(process.pid)}`;
      const foreign = await client.createContainer({ name, Image: PROBE_IMAGE });
      expect(await subject.engine.find(name)).toBeUndefined();
      expect(await subject.engine.find(foreign.id.slice(0, 12))).toBeUndefined();
      await foreign.remove();
    });

    test('a container that somebody else removed is lost, not waited for', async () => {
      await using container = await subject.start(['sleep', '60']);
      const found = await subject.another().find(container.name);
      await client.getContainer(container.id).remove({ force: true });
      await expect(found?.wait()).rejects.toMatchObject({
        code: 'engine-lost',
        message: expect.stringContaining('removed') as string,
      });
      // Whoever waited already may have seen the kill; it must only not wait for ever.
      await Promise.allSettled([container.wait()]);
    });

    test('memory and processor time of a run of seconds are known', async () => {
      const { exit } = await subject.run(['memory', '40000000', '8', 'then', 'cpu', '1']);
      expect(exit.peakMemoryBytes).toBeGreaterThan(38_000_000);
      expect(exit.peakMemoryBytes).toBeLessThan(80_000_000);
      expect(exit.cpuSeconds).toBeGreaterThan(0);
    });

    test('an image is found by whatever name a descriptor gives it', async () => {
      for (const reference of [PROBE_IMAGE, `docker://${PROBE_IMAGE}`, `docker.io/${PROBE_IMAGE}`])
        expect(
          await subject.engine.resolveImage({ reference, pull: 'missing' }, never()),
        ).toMatchObject({
          reference: PROBE_IMAGE,
          entrypoint: ['/bin/probe'],
          platform: expect.stringMatching(/^linux\//) as string,
          pulled: false,
        });
    });

    test('an absent image is answered with the local one that may be meant', async () => {
      const request = { reference: 'cyto-run/prob:1', pull: 'never' } as const;
      await expect(subject.engine.resolveImage(request, never())).rejects.toMatchObject({
        code: 'image-not-found',
        hint: expect.stringContaining(PROBE_IMAGE) as string,
      });
    });

    test('an image is pulled once for all who want it, with its bytes told and its digest pinned', async () => {
      await using registry = await smallRegistry();
      const progress: PullProgress[] = [];
      const request = {
        reference: `${registry.host}/app:1`,
        pull: 'missing',
        onProgress: (now: PullProgress) => progress.push(now),
      } as const;
      const [image, same] = await Promise.all([
        subject.engine.resolveImage(request, never()),
        subject.engine.resolveImage(request, never()),
      ]);
      const { reference } = image;
      expect(image).toMatchObject({
        digest: registry.digest,
        pulled: true,
        workingDirectory: '/somewhere',
      });
      expect(same.id).toBe(image.id);
      expect(registry.asked.filter((path) => path.includes('/blobs/'))).toHaveLength(2);
      expect(progress.length).toBeGreaterThan(0);
      const again = await subject.engine.resolveImage(request, never());
      expect(again).toMatchObject({ pulled: false, digest: registry.digest });
      await client.getImage(reference).remove();
      const byDigest = { ...request, reference: `${registry.host}/app@${registry.digest}` };
      const pinned = await subject.engine.resolveImage(byDigest, never());
      expect(pinned).toMatchObject({ id: image.id, digest: registry.digest });
      await client.getImage(image.id).remove({ force: true });
    });

    test('a registry without the image, or closed to us, is told', async () => {
      await using registry = await smallRegistry();
      const ask = (reference: string): Promise<unknown> =>
        subject.engine.resolveImage({ reference, pull: 'always' }, never());
      await expect(ask(`${registry.host}/app:2`)).rejects.toMatchObject({
        code: 'image-not-found',
      });
      await using closed = await smallRegistry({ login: { username: 'a', password: 'b' } });
      await expect(ask(`${closed.host}/app:1`)).rejects.toMatchObject({
        code: 'image-pull-failed',
        hint: expect.stringContaining('docker login') as string,
      });
      await expect(ask('127.0.0.1:1/app:1')).rejects.toMatchObject({ code: 'image-pull-failed' });
    });

    test('credentials of docker login open a private registry', async () => {
      await using registry = await smallRegistry({ login: { username: 'ann', password: 'p:w' } });
      await using folder = await temporaryFolder();
      const auths = { [registry.host]: { auth: Buffer.from('ann:p:w').toString('base64') } };
      await writeFile(join(folder.path, 'config.json'), JSON.stringify({ auths }));
      vi.stubEnv('DOCKER_CONFIG', folder.path);
      const request = { reference: `${registry.host}/app:1`, pull: 'missing' } as const;
      const image = await dockerEngine().resolveImage(request, never());
      expect(image.pulled).toBe(true);
      await client.getImage(image.id).remove({ force: true });
    });

    test('an image is built from a folder, without what its .dockerignore leaves out', async () => {
      await using folder = await temporaryFolder();
      await mkdir(join(folder.path, 'code'));
      await writeFile(join(folder.path, 'code/kept.txt'), 'kept');
      await writeFile(join(folder.path, 'code/secret.key'), 'secret');
      await writeFile(join(folder.path, '.dockerignore'), '**/*.key\nDockerfile\n');
      await writeFile(join(folder.path, 'Dockerfile'), `FROM ${PROBE_IMAGE}\nCOPY code /code\n`);
      const tag = `cyto-run/test-build:${String(process.pid)}`;
      const lines: string[] = [];
      const build = { contextFolder: folder.path, tag, onLine: (line: string) => lines.push(line) };
      await subject.engine.buildImage(build, never());
      expect(lines.join('\n')).toContain('COPY code /code');
      const { id } = await subject.engine.resolveImage({ reference: tag, pull: 'never' }, never());
      const kept = await subject.run(['read', '/code/kept.txt'], { image: id });
      const left = await subject.run(['read', '/code/secret.key'], { image: id });
      expect([kept.stdout.toString(), left.exit.exitCode]).toEqual(['kept', 1]);
      await client.getImage(id).remove({ force: true });
    });

    test('a build that fails says at which step', async () => {
      await using folder = await temporaryFolder();
      const build = { contextFolder: folder.path, tag: 'cyto-run/test-build:bad' };
      await expect(subject.engine.buildImage(build, never())).rejects.toMatchObject({
        code: 'image-build-failed',
        message: expect.stringContaining('Dockerfile') as string,
      });
      await writeFile(join(folder.path, 'Dockerfile'), `FROM ${PROBE_IMAGE}\nRUN exit 9\n`);
      await expect(subject.engine.buildImage(build, never())).rejects.toMatchObject({
        code: 'image-build-failed',
        details: { tail: expect.arrayContaining([expect.stringContaining('exit 9')]) as string[] },
      });
    });
  });
});

async function endOfOutput(container: Parameters<typeof endOf>[0]): Promise<readonly unknown[]> {
  return Array.fromAsync(container.output());
}
