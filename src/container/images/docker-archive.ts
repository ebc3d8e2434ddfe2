import type { ArchivedFiles } from './archive.ts';
import { damaged, parsedJson, readConfig, verifying, type StoredLayer } from './content.ts';
import type { Compression } from './manifest.ts';
import type { Wanted } from './oci-content.ts';
import { severalOrNone, whole, type ChosenContent } from './oci-layout.ts';
import { familiarName } from './reference.ts';

/** One image of `docker save` (Docker image specification 1.2, manifest.json). */
interface SavedImage {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

/**
 * The image of that name in an archive of `docker save`; without a name the only one. Throws
 * `image-not-found`, `image-pull-failed`.
 */
export async function dockerArchiveContent(
  files: ArchivedFiles,
  name: string | undefined,
  wanted: Wanted,
): Promise<ChosenContent> {
  const saved = parsedJson(
    await whole(files, 'manifest.json', wanted),
    wanted.name,
  ) as SavedImage[];
  if (!Array.isArray(saved)) throw damaged(wanted.name, 'its manifest.json is not a list');
  const named =
    name === undefined
      ? saved
      : saved.filter(({ RepoTags: tags }) =>
          tags?.some((tag) => familiarName(tag) === familiarName(name)),
        );
  const [image, another] = named;
  if (image === undefined || another !== undefined)
    throw severalOrNone(
      saved.flatMap(({ RepoTags: tags, Config: config }) => tags?.[0] ?? config),
      name,
      wanted,
    );
  const config = readConfig(await whole(files, image.Config, wanted), wanted.name);
  if (config.diffIds.length !== image.Layers.length)
    throw damaged(
      wanted.name,
      `it has ${image.Layers.length} layers, but its configuration lists ${config.diffIds.length}`,
    );
  const layers = await Promise.all(
    image.Layers.map((layer, at) => archivedLayer(files, layer, config.diffIds[at] ?? '', wanted)),
  );
  return { config, layers, images: saved.length };
}

async function archivedLayer(
  files: ArchivedFiles,
  file: string,
  diffId: string,
  { name }: Wanted,
): Promise<StoredLayer> {
  const sizeBytes = files.size(file);
  if (sizeBytes === undefined) throw damaged(name, `the layer ${file} is not in it`);
  const compression = await storedAs(files, file);
  return {
    diffId,
    compression,
    sizeBytes,
    open: () => {
      const stored = files.read(file);
      return Promise.resolve(compression === 'none' ? verifying(stored, diffId, name) : stored);
    },
  };
}

/** `docker save` writes plain layers; other programs compress them, and nothing says so. */
async function storedAs(files: ArchivedFiles, file: string): Promise<Compression> {
  const chunks: Buffer[] = [];
  for await (const chunk of files.read(file, 0, 4)) chunks.push(chunk as Buffer);
  const magic = Buffer.concat(chunks).toString('hex');
  if (magic.startsWith('1f8b')) return 'gzip';
  return magic === '28b52ffd' ? 'zstd' : 'none';
}
