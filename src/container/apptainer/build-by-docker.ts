import { RunnerError } from '../../base/errors.ts';
import { dockerEngine } from '../docker/index.ts';
import type { ContainerEngine, ImageBuild } from '../engine.ts';

/**
 * Builds a Dockerfile with the Docker or Podman of this machine; the image is then taken from there.
 * Apptainer builds none itself. Throws `image-build-failed`.
 */
export async function buildByDocker(
  request: ImageBuild,
  signal: AbortSignal,
  docker: Pick<ContainerEngine, 'buildImage'> = dockerEngine(),
): Promise<void> {
  try {
    await docker.buildImage(request, signal);
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== 'engine-unavailable') throw error;
    throw new RunnerError(
      'image-build-failed',
      `Apptainer builds no Dockerfile, and ${error.message}`,
      {
        cause: error,
        hint: `Build ${request.contextFolder} where Docker is ("docker build --tag ${request.tag} ."), save it ("docker save"), and run it here with --use-image docker-archive:FILE.`,
        details: { contextFolder: request.contextFolder },
      },
    );
  }
}
