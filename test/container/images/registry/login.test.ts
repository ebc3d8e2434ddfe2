import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import { currentHost, readClientConfig } from '../../../../src/container/docker/endpoint.ts';
import { registryAuth } from '../../../../src/container/images/registry/login.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const auth = Buffer.from('ann:s3:cret').toString('base64');

test('what docker login stored is found under every key it uses', async () => {
  const ann = { username: 'ann', password: 's3:cret' };
  const hub = { 'https://index.docker.io/v1/': { auth } };
  expect(await registryAuth('docker.io', { auths: hub })).toMatchObject(ann);
  for (const key of ['quay.io', 'https://quay.io', 'https://quay.io/v2/'])
    expect(await registryAuth('quay.io', { auths: { [key]: { auth } } })).toMatchObject(ann);
});

test('credentials of one registry are never given to another', async () => {
  const auths = { 'quay.io.example.org': { auth }, 'https://index.docker.io/v1/': { auth } };
  expect(await registryAuth('quay.io', { auths })).toBeUndefined();
});

test('an identity token is handed on as one', async () => {
  const auths = { 'quay.io': { auth: '', identitytoken: 'token' } };
  expect(await registryAuth('quay.io', { auths })).toEqual({
    identitytoken: 'token',
    serveraddress: 'quay.io',
  });
});

/** A credential helper that answers with this script's output; it is told the server on stdin. */
async function helper(folder: string, script: string): Promise<string> {
  const path = join(folder, 'docker-credential-test');
  await writeFile(path, `#!/bin/sh\nread -r server\n${script}\n`);
  await chmod(path, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  return 'test';
}

test('a credential helper is asked about the very registry', async () => {
  await using folder = await temporaryFolder();
  const name = await helper(
    folder.path,
    `printf '{"ServerURL":"%s","Username":"at %s","Secret":"x"}' "$server" "$server"`,
  );
  expect(await registryAuth('quay.io', { credHelpers: { 'quay.io': name } })).toMatchObject({
    username: 'at quay.io',
    password: 'x',
  });
});

test('a store that knows nothing of a registry leaves it to the file', async () => {
  await using folder = await temporaryFolder();
  const missing = 'echo credentials not found in native keychain; exit 1';
  const credsStore = await helper(folder.path, missing);
  expect(await registryAuth('quay.io', { credsStore })).toBeUndefined();
  const auths = { 'quay.io': { auth } };
  expect(await registryAuth('quay.io', { credsStore, auths })).toMatchObject({ username: 'ann' });
});

test('a helper that fails or is not installed is named, without what it said', async () => {
  await using folder = await temporaryFolder();
  const credsStore = await helper(folder.path, 'echo my-secret; exit 2');
  const failure = registryAuth('quay.io', { credsStore });
  await expect(failure).rejects.toMatchObject({ code: 'image-pull-failed' });
  await expect(failure).rejects.not.toThrow('my-secret');
  await expect(registryAuth('quay.io', { credsStore: 'not-there' })).rejects.toThrow(
    'not installed',
  );
});

test('the engine is found as the docker command finds it', async () => {
  await using folder = await temporaryFolder();
  const meta = join(folder.path, 'contexts/meta', createHash('sha256').update('lab').digest('hex'));
  await mkdir(meta, { recursive: true });
  const host = 'unix:///run/lab.sock';
  await writeFile(
    join(meta, 'meta.json'),
    JSON.stringify({ Endpoints: { docker: { Host: host } } }),
  );
  await writeFile(join(folder.path, 'config.json'), '{"currentContext":"lab"}');
  const environment = { DOCKER_CONFIG: folder.path };
  expect(currentHost(environment)).toBe(host);
  expect(currentHost({ ...environment, DOCKER_HOST: 'tcp://h:1' })).toBe('tcp://h:1');
  expect(currentHost({ ...environment, DOCKER_CONTEXT: 'default' })).toBeUndefined();
  expect(() => currentHost({ ...environment, DOCKER_CONTEXT: 'lost' })).toThrow(
    expect.objectContaining({ code: 'configuration-invalid' }),
  );
});

test('a client configuration that is not JSON is named', async () => {
  await using folder = await temporaryFolder();
  expect(readClientConfig({ DOCKER_CONFIG: folder.path })).toEqual({});
  await writeFile(join(folder.path, 'config.json'), '{');
  expect(() => readClientConfig({ DOCKER_CONFIG: folder.path })).toThrow('config.json');
});
