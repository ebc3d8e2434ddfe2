import { LIMITS } from '../base/limits.ts';
import type { Connection } from './connection.ts';
import type { App, AppDetails, AppPage } from './types.ts';

/** An image that the server brings, or an archive that was uploaded. */
type BundledImage =
  string | { readonly upload: string; readonly kind?: 'docker-archive' | 'oci-archive' };

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
  async register(descriptor: object | string): Promise<App> {
    return (await this.registered({ descriptor })).app;
  }

  /** The same of a descriptor, or one with its image, and whether it was not known before. */
  async registered(json: {
    readonly descriptor: object | string;
    readonly image?: BundledImage;
  }): Promise<{ readonly app: App; readonly isNew: boolean }> {
    const answerMs = json.image === undefined ? LIMITS.clientSilenceMs : LIMITS.clientPatienceMs;
    const response = await this.#connection.request('POST', '/apps', { json, answerMs });
    return { app: (await response.json()) as App, isNew: response.status === 201 };
  }

  /** A descriptor with the image that its runs use: one that the server brings, or an archive that was uploaded. */
  async registerBundle(descriptor: object | string, image: BundledImage): Promise<App> {
    return (await this.registered({ descriptor, image })).app;
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
