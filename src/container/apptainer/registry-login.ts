import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { readClientConfig, type DockerClientConfig } from '../docker/endpoint.ts';
import type { ImageReference } from '../images/reference.ts';
import { registryRepository, type RegistryRepository } from '../images/registry/client.ts';
import { registryAuth } from '../images/registry/login.ts';

/**
 * The repository of a reference, asked as the user: by `apptainer registry login`, else by `docker
 * login`, else as nobody. Throws as `registryAuth` does.
 */
export async function repositoryFor(reference: ImageReference): Promise<RegistryRepository> {
  const { registry } = reference;
  for (const config of await apptainerLogins(process.env)) {
    const auth = await registryAuth(registry, config);
    if (auth !== undefined) return registryRepository(reference, auth);
  }
  const auth = await registryAuth(registry, readClientConfig(process.env));
  return registryRepository(reference, auth);
}

/** What Apptainer and Singularity keep, in Docker's own format. */
async function apptainerLogins(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly DockerClientConfig[]> {
  const { APPTAINER_CONFIGDIR: chosen } = environment;
  const folders = [chosen ?? join(homedir(), '.apptainer'), join(homedir(), '.singularity')];
  const found = await Promise.all(
    folders.map(async (folder) => {
      try {
        const text = await readFile(join(folder, 'docker-config.json'), 'utf8');
        return [JSON.parse(text) as DockerClientConfig];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}
