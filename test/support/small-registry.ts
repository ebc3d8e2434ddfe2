import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { temporaryFolder } from './temporary-folder.ts';

/** A registry on loopback (OCI distribution, pull only) that holds one image, `app:1`. */
export interface SmallRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly digest: string;
  readonly layerBytes: number;
  /** Paths asked for, in order. */
  readonly asked: string[];
}

export interface SmallRegistryOptions {
  /** Only who shows these, by HTTP Basic, is served. */
  readonly login?: { readonly username: string; readonly password: string };
}

const TYPE = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Serves until disposed. */
export async function smallRegistry(options: SmallRegistryOptions = {}): Promise<SmallRegistry> {
  const image = await smallImage();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    if (options.login !== undefined && !shows(request.headers.authorization, options.login))
      answer(response, 401, { 'www-authenticate': 'Basic realm="small"' }, '{"errors":[]}');
    else if (path === '/v2/') answer(response, 200, {}, '{}');
    else if (path === '/v2/app/manifests/1' || path.endsWith(image.digest))
      answer(
        response,
        200,
        { 'content-type': TYPE.manifest, 'docker-content-digest': image.digest },
        image.manifest,
      );
    else {
      const blob = image.blobs.get(path.slice(path.lastIndexOf('/') + 1));
      if (blob !== undefined) answer(response, 200, {}, blob);
      else
        answer(
          response,
          404,
          {},
          '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}',
        );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    digest: image.digest,
    layerBytes: image.layerBytes,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

const shows = (
  header: string | undefined,
  { username, password }: NonNullable<SmallRegistryOptions['login']>,
): boolean => header === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** One layer with one file of random bytes, new each time so that no engine has it already. */
async function smallImage(): Promise<{
  manifest: string;
  digest: string;
  layerBytes: number;
  blobs: ReadonlyMap<string, Uint8Array>;
}> {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'data'), crypto.getRandomValues(new Uint8Array(60_000)));
  const tar = spawnSync('tar', ['-C', folder.path, '-c', 'data']).stdout;
  const layer = spawnSync('gzip', ['-c'], { input: tar }).stdout;
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/data'], WorkingDir: '/somewhere' },
      rootfs: { type: 'layers', diff_ids: [sha256(tar)] },
    }),
  );
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: TYPE.manifest,
    config: { mediaType: TYPE.config, size: config.length, digest: sha256(config) },
    layers: [{ mediaType: TYPE.layer, size: layer.length, digest: sha256(layer) }],
  });
  return {
    manifest,
    digest: sha256(Buffer.from(manifest)),
    layerBytes: layer.length,
    blobs: new Map([config, layer].map((blob) => [sha256(blob), blob])),
  };
}
