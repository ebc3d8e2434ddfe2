import type { SecretStore } from '../../store/index.ts';
import type { Principal } from '../http/principal.ts';
import type { WantedUrls } from '../url-inputs/wanted-urls.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { ReferencePorts } from './resolve-references.ts';

export interface ReferenceSources {
  readonly secrets: SecretStore;
  readonly uploads: Uploads;
}

/** Who submits, and what the request names by URL. */
export interface Asking {
  readonly principal: Principal;
  readonly wanted: WantedUrls;
}

/** What one caller's references stand for. */
export const referencePorts = (
  { secrets, uploads }: ReferenceSources,
  { principal, wanted }: Asking,
): ReferencePorts => ({
  principal,
  secrets,
  uploaded: async (id) => (await uploads.use(id, principal)).path,
  fetched: (url, sha256) => wanted.want(url, sha256),
});
