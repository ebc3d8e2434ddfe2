import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type Dockerode from 'dockerode';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ImageBuild } from '../engine.ts';
import { jsonLines } from './json-lines.ts';

/** One line of the engine's build output. */
interface BuildLine {
  readonly stream?: string;
  readonly error?: string;
}

/**
 * Builds an image from a folder with a Dockerfile, minus what its .dockerignore leaves out, through
 * the engine's classic builder, which every engine has. Throws `image-build-failed` with the end of
 * the build's output, and the signal's reason when that fires.
 */
export async function buildImage(
  client: Dockerode,
  request: ImageBuild,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const tail: string[] = [];
  const note = (line: string): void => {
    tail.push(line);
    if (tail.length > LIMITS.buildTailLinesMax) tail.shift();
    request.onLine?.(line);
  };
  const context = await contextArchive(request.contextFolder);
  try {
    const stream = await client.buildImage(context, {
      t: request.tag,
      rm: true,
      forcerm: true,
      abortSignal: signal,
    });
    for await (const line of jsonLines(stream as AsyncIterable<Uint8Array>)) {
      const { stream: text = '', error } = line as BuildLine;
      for (const part of text.split(/[\r\n]+/)) if (part !== '') note(part);
      if (error !== undefined) throw buildFailure(request, error, tail);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RunnerError || systemCodeOf(error) !== undefined) throw error;
    throw buildFailure(request, error instanceof Error ? error.message : String(error), tail);
  } finally {
    context.destroy();
  }
}

/** tar-fs has streams of its own kind; dockerode only pipes them. */
type Archive = NodeJS.ReadableStream & { destroy(): void };

/** The folder as a tar stream, owned by root as the docker command sends it. */
async function contextArchive(folder: string): Promise<Archive> {
  const ignored = await dockerIgnore(folder);
  const { pack } = await import('tar-fs');
  const archive = pack(folder, {
    ignore: (path) => {
      const name = relative(folder, path);
      // The builder itself needs these two, whatever the rules say.
      return name !== '' && name !== 'Dockerfile' && name !== '.dockerignore' && ignored(name);
    },
    map: (header) => ({ ...header, uid: 0, gid: 0 }),
  });
  return archive as unknown as Archive;
}

async function dockerIgnore(folder: string): Promise<(name: string) => boolean> {
  let rules: string;
  try {
    rules = await readFile(join(folder, '.dockerignore'), 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return () => false;
    throw error;
  }
  const { default: dockerignore } = await import('@balena/dockerignore');
  const matcher = dockerignore.default({ ignorecase: false }).add(rules);
  return (name) => matcher.ignores(name);
}

function buildFailure(request: ImageBuild, said: string, tail: readonly string[]): RunnerError {
  return new RunnerError(
    'image-build-failed',
    `the image ${request.tag} could not be built from ${request.contextFolder}: ${said.trim()}`,
    {
      hint: /buildkit/i.test(said)
        ? `This Dockerfile needs BuildKit: run "docker build --tag ${request.tag} ${request.contextFolder}" yourself, then run without --build.`
        : 'The last lines of the build tell which step failed.',
      details: { tail },
    },
  );
}
