import { LIMITS } from '../base/limits.ts';
import type { Connection } from './connection.ts';
import type { App, AppDetails, AppPage } from './types.ts';

/** The apps that a server knows. Throws as `RunCalls` does, `app-not-found` and `app-exists` among them. */
export class AppCalls {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Every version of every app, or of one; by name, newest first. */
  async list(name?: string): Promise<readonly App[]> {
    const all: App[] = [];
    for (let cursor: string | undefined; ;) {
      const page: AppPage = await this.#connection.json('GET', '/apps', {
        query: { name, cursor, limit: LIMITS.appsPageMax },
      });
      all.push(...page.apps);
      cursor = page.nextCursor;
      if (cursor === undefined) return all;
    }
  }

  /** What one version does, takes and gives. */
  show(name: string, version: string): Promise<AppDetails> {
    return this.#connection.json('GET', pathOf(name, version));
  }

  /** Makes a descriptor known, an object or its text; harmless when this very one is. */
  register(descriptor: object | string): Promise<App> {
    return this.#connection.json('POST', '/apps', { json: { descriptor } });
  }

  /** A descriptor with the image that its runs use: one that the server brings, or an archive that was uploaded. */
  registerBundle(
    descriptor: object | string,
    image: string | { readonly upload: string; readonly kind?: 'docker-archive' | 'oci-archive' },
  ): Promise<App> {
    const answerMs = LIMITS.clientPatienceMs;
    return this.#connection.json('POST', '/apps', { json: { descriptor, image }, answerMs });
  }

  /** The same from the image that holds the descriptor, which the server brings first: asked again, it goes on. */
  registerImage(image: string): Promise<App> {
    const answerMs = LIMITS.clientPatienceMs;
    return this.#connection.json('POST', '/apps', { json: { image }, answerMs });
  }

  /** Enables, disables or deprecates (`null`: no longer) one version. */
  change(
    name: string,
    version: string,
    change: { readonly enabled?: boolean; readonly deprecated?: string | null },
  ): Promise<App> {
    return this.#connection.json('PATCH', pathOf(name, version), { json: change });
  }
}

const pathOf = (name: string, version: string): string =>
  `/apps/${encodeURIComponent(name)}/${encodeURIComponent(version)}`;
