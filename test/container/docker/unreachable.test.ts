import { createServer } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { systemClock, type Clock } from '../../../src/base/clock.ts';
import { loadDockerode } from '../../../src/container/docker/dockerode.ts';
import { DOCKER } from '../../../src/container/docker/flavour.ts';
import { engineUnavailable } from '../../../src/container/docker/failures.ts';
import { dockerEngine } from '../../../src/container/docker/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('no engine at its socket is told with how to start one', async () => {
  await using folder = await temporaryFolder('cyto-run ');
  const absent = join(folder.path, 'docker.sock');
  const notASocket = join(folder.path, 'file');
  await writeFile(notASocket, '');
  for (const socketPath of [absent, notASocket])
    await expect(dockerEngine({ socketPath }).info()).rejects.toMatchObject({
      code: 'engine-unavailable',
      message: `no Docker engine answers at ${socketPath}`,
      hint: expect.stringContaining('systemctl start docker') as string,
    });
});

test('every question to an engine that is not there says so', async () => {
  const engine = dockerEngine({ host: 'tcp://127.0.0.1:1' });
  const signal = new AbortController().signal;
  const questions = [
    engine.info(),
    engine.find('x'),
    engine.list('x'),
    engine.resolveImage({ reference: 'a', pull: 'missing' }, signal),
    engine.buildImage({ contextFolder: import.meta.dirname, tag: 'a:1' }, signal),
  ];
  for (const { status, reason } of (await Promise.allSettled(questions)) as PromiseRejectedResult[])
    expect([status, (reason as { code?: string }).code]).toEqual([
      'rejected',
      'engine-unavailable',
    ]);
});

test('a socket that may not be opened is told from one that is not there', () => {
  const denied = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
  expect(engineUnavailable(denied, '/run/docker.sock', DOCKER)).toMatchObject({
    code: 'engine-unavailable',
    message: 'no permission on the Docker socket /run/docker.sock',
    hint: expect.stringContaining('docker group') as string,
  });
});

test('an engine that takes the connection and says nothing is given up', async () => {
  await using folder = await temporaryFolder('cyto-run ');
  const socketPath = join(folder.path, 'docker.sock');
  const server = createServer().listen(socketPath);
  await new Promise((resolve) => server.once('listening', resolve));
  const impatient: Clock = {
    ...systemClock,
    deadline: (_ms, reason) => systemClock.deadline(1, reason),
  };
  await expect(dockerEngine({ socketPath, clock: impatient }).info()).rejects.toMatchObject({
    code: 'engine-unavailable',
    message: expect.stringContaining('does not answer') as string,
  });
  server.close();
});

test('loading the client loads neither its SSH nor its gRPC part, which most runs never use', () => {
  loadDockerode();
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.filter((file) => /node_modules\/(ssh2|@grpc|protobufjs)\//.test(file))).toEqual([]);
  expect(loaded.some((file) => file.includes('/dockerode/'))).toBe(true);
});

test('an SSH host still gets the SSH part', async () => {
  const engine = dockerEngine({ host: 'ssh://nobody@127.0.0.1:1' });
  await expect(engine.info()).rejects.toMatchObject({ code: 'engine-unavailable' });
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.some((file) => file.includes('/ssh2/'))).toBe(true);
});
