import type { ImageFacts, RunRecord } from '../../runner/index.ts';
import { known, ref, referring, type Entity } from './entity.ts';

/** The app, identified by its descriptor's own URL, else by its descriptor's digest (RFC 6920). */
export function tool(
  { app, image }: RunRecord,
  parts: {
    readonly descriptor: Entity;
    readonly inputs: readonly Entity[];
    readonly outputs: readonly Entity[];
  },
): Entity {
  const { url, description } = toldOf(app.descriptorText);
  return {
    '@id': url === undefined ? digestUri(app.descriptorSha256) : versioned(url, app.version),
    '@type': 'SoftwareApplication',
    ...known({
      name: app.name,
      description,
      url,
      softwareVersion: app.version ?? taggedVersion(image),
    }),
    ...referring('input', parts.inputs),
    ...referring('output', parts.outputs),
    subjectOf: ref(parts.descriptor),
  };
}

/** Cytomine descriptors have no version: their image's tag is one, unless it moves. */
function taggedVersion(image: ImageFacts | undefined): string | undefined {
  const tag = image === undefined ? undefined : partsOf(image.reference).tag;
  return tag === 'latest' ? undefined : tag;
}

/** Two versions of one app are two tools. */
const versioned = (url: string, version: string | undefined): string =>
  version === undefined || url.includes('#') ? url : `${url}#${encodeURIComponent(version)}`;

const digestUri = (sha256: string): string =>
  `ni:///sha-256;${Buffer.from(sha256, 'hex').toString('base64url')}`;

/** What the descriptor tells that the record does not; a text that is no JSON tells nothing. */
function toldOf(descriptorText: string): { url?: string; description?: string } {
  try {
    const parsed: unknown = JSON.parse(descriptorText);
    if (typeof parsed !== 'object' || parsed === null) return {};
    const { url, description } = parsed as { url?: unknown; description?: unknown };
    return {
      ...(typeof url === 'string' && /^https?:\/\/\S+$/.test(url) ? { url } : {}),
      ...(typeof description === 'string' && description !== '' ? { description } : {}),
    };
  } catch {
    return {};
  }
}

/** The image that ran, by digest (Workflow Run RO-Crate terms, ContainerImage). */
export function containerImage(image: ImageFacts): Entity {
  const { registry, name, tag } = partsOf(image.reference);
  const isFile = /\.(sif|simg|img)$/.test(image.reference);
  return {
    '@id': '#image',
    '@type': 'ContainerImage',
    additionalType: {
      '@id': `https://w3id.org/ro/terms/workflow-run#${isFile ? 'SIFImage' : 'DockerImage'}`,
    },
    ...known({ registry, name, tag, sha256: sha256Of(image) }),
  };
}

const sha256Of = ({ digest, id }: ImageFacts): string | undefined =>
  /([0-9a-f]{64})$/.exec(digest ?? id)?.[1];

/** `[registry/]name[:tag][@digest]` (OCI distribution); a first part without `.` or `:` is no registry. */
function partsOf(reference: string): { registry?: string; name: string; tag?: string } {
  const [tagged = ''] = reference.replace(/^[a-z]+:\/\//, '').split('@');
  const [, first, rest] = /^([^/]*[.:][^/]*|localhost)\/(.+)$/.exec(tagged) ?? [];
  const path = rest ?? tagged;
  const [, name = path, tag] = /^(.*?)(?::([^:/]+))?$/.exec(path) ?? [];
  return {
    ...(first === undefined ? {} : { registry: first }),
    name,
    ...(tag === undefined ? {} : { tag }),
  };
}
