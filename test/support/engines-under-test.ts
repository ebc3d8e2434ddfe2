import { loadDockerode } from '../../src/container/docker/dockerode.ts';
import { podmanEndpoint } from '../../src/container/docker/endpoint.ts';
import { dockerEngine, podmanEngine } from '../../src/container/docker/index.ts';
import type { EngineUnderTest } from '../container/contract/subject.ts';
import { probeImage } from './probe-image.ts';

/** The real Docker engine, with the probe's image. */
export const dockerUnderTest = async (): Promise<EngineUnderTest> => ({
  engine: dockerEngine(),
  another: () => dockerEngine(),
  opener: {
    module: import.meta.resolve('../../src/container/docker/index.ts'),
    export: 'dockerEngine',
  },
  image: await probeImage(),
});

/** The real Podman, by its service, with the very image that Docker has of the probe. */
export const podmanUnderTest = async (): Promise<EngineUnderTest> => ({
  engine: podmanEngine(),
  another: () => podmanEngine(),
  opener: {
    module: import.meta.resolve('../../src/container/docker/index.ts'),
    export: 'podmanEngine',
  },
  image: await probeInPodman(),
});

/** The image's id, which is that of its configuration and so the same in both. */
async function probeInPodman(): Promise<string> {
  const inDocker = new (loadDockerode())().getImage(await probeImage());
  const { Id: id } = await inDocker.inspect();
  const podman = new (loadDockerode())(podmanEndpoint(process.env));
  const isThere = await podman
    .getImage(id)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (!isThere) {
    const loading = await podman.loadImage(await inDocker.get());
    for await (const _line of loading);
  }
  return id;
}
