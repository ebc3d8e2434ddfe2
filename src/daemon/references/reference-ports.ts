import { posix } from 'node:path';

import type { Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import type { SecretStore } from '../../store/index.ts';
import type { Principal } from '../http/principal.ts';
import { fetchUrl } from '../url-inputs/fetch-url.ts';
import { admittedUrl, type UrlRules } from '../url-inputs/url-rules.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { ReferencePorts } from './resolve-references.ts';

export interface ReferenceSources {
  readonly secrets: SecretStore;
  readonly uploads: Uploads;
  readonly urls: UrlRules;
  readonly clock: Clock;
  /** Fires when the server stops. */
  readonly stopping: AbortSignal;
}

/**
 * What one caller's references stand for. A URL is fetched into an upload of the caller.
 *
 * @param isDry nothing is fetched, and a URL is refused
 */
export function referencePorts(
  sources: ReferenceSources,
  principal: Principal,
  isDry: boolean,
): ReferencePorts {
  const { secrets, uploads, urls, clock, stopping } = sources;
  return {
    principal,
    secrets,
    uploaded: async (id) => (await uploads.use(id, principal)).path,
    fetched: async (url, sha256) => {
      const name = decoded(posix.basename(admittedUrl(url, urls).pathname));
      if (isDry)
        throw new RunnerError('request-invalid', 'a dry run fetches nothing', {
          hint: 'Upload the file, or submit the run.',
        });
      const bytesMax = uploads.bytesLeft(principal.name);
      const { path } = await uploads.receive(name, principal.name, (target) =>
        fetchUrl({ url, sha256, path: target }, { rules: urls, clock, signal: stopping, bytesMax }),
      );
      return path;
    },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
