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
  const { APPTAINER_CONFIGDIR: chosen = '' } = process.env;
  const own = [
    ...(chosen === '' ? [] : [join(chosen, 'config.json')]),
    join(chosen === '' ? join(homedir(), '.apptainer') : chosen, 'docker-config.json'),
    join(homedir(), '.singularity', 'docker-config.json'),
  ];
  // Newer ones keep theirs in Docker's usual place, also where Docker's own is another.
  const shared = join(homedir(), '.docker', 'config.json');
  const configs = [
    ...own.map(loginsIn),
    Promise.resolve(readClientConfig(process.env)),
    loginsIn(shared),
  ];
  for (const config of await Promise.all(configs)) {
    const auth = await registryAuth(registry, config);
    if (auth !== undefined) return registryRepository(reference, auth);
  }
  return registryRepository(reference, undefined);
}

/** What Apptainer or Singularity keep, in Docker's own format; nothing where it cannot be read. */
async function loginsIn(file: string): Promise<DockerClientConfig> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as DockerClientConfig;
  } catch {
    return {};
  }
}
