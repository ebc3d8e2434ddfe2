import { basename, dirname } from 'node:path';

import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { PreparedRun } from '../../runner/index.ts';
import type { AwaitedUpload, UploadStore } from '../../store/index.ts';
import type { Readiness } from '../queue/readiness.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { UrlFetch } from './url-fetch.ts';
import type { UrlRules } from './url-rules.ts';

export interface UrlFetchesPorts {
  readonly store: Pick<UploadStore, 'awaitedBy' | 'awaitedUrl' | 'complete' | 'isNeeded'>;
  readonly uploads: Pick<Uploads, 'pathOf' | 'resize' | 'rules'>;
  readonly urls: UrlRules;
  readonly clock: Clock;
  /** Fires when the server stops; what is not here then is fetched by the next start. */
  readonly stopping: AbortSignal;
}

/**
 * Fetches what waiting runs name by URL, into uploads of their submitters: each once for all its runs, some
 * at a time, fewer of one submitter, in the order in which the runs came. What is to be fetched is written
 * down with the runs; here is only what is under way.
 */
export class UrlFetches {
  readonly #ports: UrlFetchesPorts;
  /** By upload: lined up, or under way. */
  readonly #fetches = new Map<string, UrlFetch>();
  readonly #line: UrlFetch[] = [];
  readonly #running = new Map<UrlFetch, Promise<void>>();

  constructor(ports: UrlFetchesPorts) {
    this.#ports = ports;
  }

  /**
   * Begins to bring what the run waits for.
   *
   * @param pauseMs after which it is asked for: that of a further attempt
   */
  of(run: PreparedRun, pauseMs: number, onChange: () => void): Readiness {
    const awaited = this.#ports.store.awaitedBy(run.runId).map((upload) => ({
      inputId: inputOf(run, upload),
      fetch: this.#fetchOf(upload, pauseMs, onChange),
    }));
    for (const { fetch } of awaited) fetch.waiting += 1;
    return {
      look: () => {
        const missing = awaited.find(({ fetch }) => !fetch.isHere);
        return missing?.fetch.unready(missing.inputId);
      },
      release: () => {
        for (const { fetch } of awaited) this.#release(fetch);
      },
      failed: () => awaited.find(({ fetch }) => fetch.failure !== undefined)?.fetch.failure,
    };
  }

  /** A run has ended: nothing is fetched for it any more. */
  ended(runId: string): void {
    if (this.#fetches.size === 0) return;
    for (const { id } of this.#ports.store.awaitedBy(runId)) {
      const fetch = this.#fetches.get(id);
      if (fetch === undefined || this.#ports.store.isNeeded(id)) continue;
      this.#fetches.delete(id);
      fetch.cancel();
    }
  }

  /** Resolves when nothing is under way, once `stopping` has fired. */
  async stopped(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** What nobody waits for is not begun. */
  #release(fetch: UrlFetch): void {
    fetch.waiting -= 1;
    if (fetch.waiting > 0 || this.#running.has(fetch)) return;
    fetch.cancel();
    const at = this.#line.indexOf(fetch);
    if (at >= 0) this.#line.splice(at, 1);
    if (this.#fetches.get(fetch.id) === fetch) this.#fetches.delete(fetch.id);
  }

  #fetchOf(upload: AwaitedUpload, pauseMs: number, onChange: () => void): UrlFetch {
    const known = this.#fetches.get(upload.id);
    if (known !== undefined) return known;
    const fetch = new UrlFetch(upload, this.#ports);
    this.#fetches.set(upload.id, fetch);
    void this.#lineUp(fetch, pauseMs, onChange);
    return fetch;
  }

  async #lineUp(fetch: UrlFetch, pauseMs: number, onChange: () => void): Promise<void> {
    if (pauseMs > 0) await this.#ports.clock.sleep(pauseMs, fetch.signal, 'background');
    if (fetch.signal.aborted) return;
    this.#line.push(fetch);
    this.#fetchNext(onChange);
  }

  #fetchNext(onChange: () => void): void {
    while (!this.#ports.stopping.aborted && this.#running.size < LIMITS.urlFetchesAtOnceMax) {
      const at = this.#line.findIndex(
        ({ owner }) => this.#ofOne(owner) < LIMITS.urlFetchesOfOneMax,
      );
      const [next] = at < 0 ? [] : this.#line.splice(at, 1);
      if (next === undefined) return;
      const ended = next.bring().then(() => {
        this.#running.delete(next);
        if (this.#fetches.get(next.id) === next) this.#fetches.delete(next.id);
        this.#fetchNext(onChange);
        onChange();
      });
      this.#running.set(next, ended);
    }
  }

  #ofOne(owner: string): number {
    return [...this.#running.keys()].filter((fetch) => fetch.owner === owner).length;
  }
}

const inputOf = ({ inputs }: PreparedRun, { id, name }: AwaitedUpload): string =>
  inputs.find(({ source }) => basename(dirname(source)) === id)?.inputId ?? name;
