import { RunnerError } from '../../base/errors.ts';

/** An image reference, taken apart (distribution/reference grammar). */
export interface ImageReference {
  /** Host of the registry, `docker.io` when none was named. */
  readonly registry: string;
  /** Without registry and tag, `library/` written out: `library/debian`. */
  readonly path: string;
  /** Absent when only a digest was given. */
  readonly tag?: string;
  readonly digest?: string;
  /** As people write it and the engine lists it: `debian:bookworm`, `quay.io/a/b@sha256:…`. */
  readonly familiar: string;
}

const DOCKER_HUB = 'docker.io';
/** Names Docker Hub goes by in descriptors. */
const DOCKER_HUB_ALIASES = new Set([
  DOCKER_HUB,
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);
const TRANSPORT = /^(?:docker|oci|https?):\/\//;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/;
const IMAGE_ID = /^sha256:[0-9a-f]{64}$/;

/** Whether `text` is an engine's own image id, which no registry knows. */
export const isImageId = (text: string): boolean => IMAGE_ID.test(text);

/**
 * Reads a reference as found in descriptors: with a transport (`docker://`), an index before it
 * (`index.docker.io/a/b`, also as `https://index.docker.io/v1/a/b`), with neither. Throws
 * `image-not-found` when it can name no image.
 */
export function parseReference(text: string): ImageReference {
  const trimmed = text.trim().replace(TRANSPORT, '').replace(/^\/+/, '');
  const [named = '', digest, ...more] = trimmed.split('@');
  const slash = named.indexOf('/');
  const first = named.slice(0, Math.max(slash, 0));
  const hasRegistry = /[.:]/.test(first) || first === 'localhost';
  const registry = hasRegistry && !DOCKER_HUB_ALIASES.has(first) ? first : DOCKER_HUB;
  const rest = (hasRegistry ? named.slice(slash + 1) : named).replace(/^v[12]\//, '');
  const colon = rest.lastIndexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (
    !PATH.test(path) ||
    more.length > 0 ||
    (tag !== undefined && !TAG.test(tag)) ||
    (digest !== undefined && !DIGEST.test(digest))
  )
    throw notAReference(text, path);
  return referenceOf(registry, path, tag ?? (digest === undefined ? 'latest' : undefined), digest);
}

/** A name as people write it, where it is one; else as it is. */
export function familiarName(text: string): string {
  try {
    return parseReference(text).familiar;
  } catch {
    return text;
  }
}

function referenceOf(
  registry: string,
  path: string,
  tag: string | undefined,
  digest: string | undefined,
): ImageReference {
  const onHub = registry === DOCKER_HUB;
  const short = onHub ? path.replace(/^library\/(?=[^/]+$)/, '') : `${registry}/${path}`;
  return {
    registry,
    path: onHub && !path.includes('/') ? `library/${path}` : path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    familiar: `${short}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`,
  };
}

function notAReference(text: string, path: string): RunnerError {
  return new RunnerError('image-not-found', `"${text}" is not an image reference`, {
    hint:
      path !== path.toLowerCase() && PATH.test(path.toLowerCase())
        ? `Repository names are in lower case: try "${text.replace(path, path.toLowerCase())}".`
        : 'Write it as [registry/]repository[:tag][@sha256:digest], for example "debian:bookworm".',
    details: { reference: text },
  });
}
