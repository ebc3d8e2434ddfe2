import { messageOf, RunnerError } from '../../base/errors.ts';
import { fileSize } from '../../base/file-size.ts';
import { LIMITS } from '../../base/limits.ts';
import type { PullProgress } from '../../container/index.ts';
import { FAILURE_CODES, type Failure } from '../../runner/index.ts';
import type { AwaitedUpload } from '../../store/index.ts';
import type { Unready } from '../queue/model.ts';
import { fetchUrl } from './fetch-url.ts';
import type { UrlFetchesPorts } from './url-fetches.ts';

/** One upload that is being fetched, or is to be. */
export class UrlFetch {
  readonly id: string;
  readonly owner: string;
  readonly signal: AbortSignal;
  /** Runs of the queue that wait for it. */
  waiting = 0;
  readonly #upload: AwaitedUpload;
  readonly #ports: UrlFetchesPorts;
  readonly #canceled = new AbortController();
  #state: 'lined-up' | 'fetching' | 'here' = 'lined-up';
  #failure: Failure | undefined;
  #progress: Pick<PullProgress, 'receivedBytes' | 'totalBytes'> | undefined;
  #host = 'its host';
  #notedBytes = 0;
  #unready: Unready | undefined;

  constructor(upload: AwaitedUpload, ports: UrlFetchesPorts) {
    this.id = upload.id;
    this.owner = upload.owner;
    this.signal = AbortSignal.any([this.#canceled.signal, ports.stopping]);
    this.#upload = upload;
    this.#ports = ports;
  }

  get isHere(): boolean {
    return this.#state === 'here';
  }

  /** Why it cannot be had; undefined: it can, as far as is known. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Why a run waits for it as this input of its. The same object while nothing has changed. */
  unready(inputId: string): Unready {
    const why = this.#why(inputId);
    if (this.#unready?.why !== why) this.#unready = { code: 'input-fetch', why };
    return this.#unready;
  }

  cancel(): void {
    this.#canceled.abort();
  }

  /** Resolves when it is here, has failed or was called off; nothing of what is not whole is left. Never rejects. */
  async bring(): Promise<void> {
    const { store, uploads, urls, clock } = this.#ports;
    this.#state = 'fetching';
    try {
      this.signal.throwIfAborted();
      const url = store.awaitedUrl(this.id);
      this.#host = URL.parse(url)?.host ?? this.#host;
      const fetched = await fetchUrl(
        { url, path: uploads.pathOf(this.#upload), sha256: this.#upload.wantedSha256 },
        {
          ...{ rules: urls, clock, signal: this.signal, bytesMax: uploads.rules.fileBytesMax },
          onProgress: (progress) => {
            this.#onProgress(progress);
          },
        },
      );
      this.#note(fetched.sizeBytes);
      store.complete(this.id, fetched.sha256);
      this.#state = 'here';
    } catch (error) {
      this.#onError(error);
    }
  }

  #onProgress(progress: Pick<PullProgress, 'receivedBytes' | 'totalBytes'>): void {
    this.#progress = progress;
    const { receivedBytes, totalBytes } = progress;
    if ((totalBytes ?? 0) > this.#notedBytes) this.#note(totalBytes ?? 0);
    else if (receivedBytes - this.#notedBytes >= LIMITS.urlNotedBytes) this.#note(receivedBytes);
  }

  #note(sizeBytes: number): void {
    this.#ports.uploads.resize(this.#upload, this.#notedBytes, sizeBytes);
    this.#notedBytes = sizeBytes;
  }

  #onError(error: unknown): void {
    try {
      if (this.#notedBytes > 0) this.#note(0);
    } catch {
      // Its submitter's quota counts too much until it is fetched again or goes.
    }
    if (!this.signal.aborted) this.#failure = failureOf(error);
  }

  #why(inputId: string): string {
    if (this.#failure !== undefined) return this.#failure.message;
    if (this.#state === 'lined-up')
      return `its input ${inputId} comes after others that are being fetched`;
    const asked = `fetching input ${inputId}`;
    if (this.#progress === undefined) return `${asked} from ${this.#host}`;
    const { receivedBytes, totalBytes } = this.#progress;
    const whole = totalBytes === undefined ? 'so far' : `of ${fileSize(totalBytes)}`;
    return `${asked}: ${fileSize(receivedBytes)} ${whole} from ${this.#host}`;
  }
}

function failureOf(error: unknown): Failure {
  const known = error instanceof RunnerError ? error : undefined;
  return {
    code: FAILURE_CODES.find((code) => code === known?.code) ?? 'staging-failed',
    message: messageOf(error),
    ...(known?.hint === undefined ? {} : { hint: known.hint }),
  };
}
