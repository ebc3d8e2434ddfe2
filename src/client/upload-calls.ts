import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isPassing, type Connection } from './connection.ts';
import type { Upload } from './types.ts';

/** A file to be sent, from anywhere that its parts can be read. */
export interface UploadSource {
  /** Apps go by its extension. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Hex: the server refuses what came when it is something else. */
  readonly sha256?: string;
  /** At least one byte from `offset` on, at most `length`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface SendOptions {
  /** Hears how much the server has. */
  readonly onProgress?: (sentBytes: number) => void;
  readonly signal?: AbortSignal;
}

const TUS = { 'tus-resumable': '1.0.0' };

/**
 * Files for later runs, by the protocol tus 1.0 (https://tus.io/protocols/resumable-upload). Throws as
 * `RunCalls` does, `upload-mismatch` and `quota-exceeded` among them.
 */
export class UploadCalls {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Your uploads, newest first; only those of some bytes, by their SHA-256 in hexadecimal. */
  list({ sha256 }: { readonly sha256?: string } = {}): Promise<readonly Upload[]> {
    return this.#connection.json('GET', '/uploads', { query: { sha256 } });
  }

  /** Makes a folder of uploads: one upload, of which they become the files. Paths are below it, with `/`. */
  makeFolder(
    name: string,
    files: readonly { readonly path: string; readonly upload: string }[],
    { emptyFolders = [] }: { readonly emptyFolders?: readonly string[] } = {},
  ): Promise<Upload> {
    const empty = emptyFolders.length === 0 ? {} : { emptyFolders };
    return this.#connection.json('POST', '/uploads/folders', { json: { name, files, ...empty } });
  }

  show(id: string): Promise<Upload> {
    return this.#connection.json('GET', pathOf(id));
  }

  async remove(id: string): Promise<void> {
    await this.#connection.request('DELETE', pathOf(id));
  }

  /**
   * Sends a file piece by piece; a connection that breaks costs at most one piece, and a server that is
   * away is waited for. A parameter refers to what this resolves to as `{ upload: id }`.
   */
  async send(source: UploadSource, options: SendOptions = {}): Promise<Upload> {
    return this.#sendFrom(0, await this.#begin(source), source, options);
  }

  /** Goes on with an upload of the same file that was begun before: behind what the server has of it. */
  resume(id: string, source: UploadSource, options: SendOptions = {}): Promise<Upload> {
    return this.#sendFrom(undefined, id, source, options);
  }

  /** @param from how much the server has; undefined: it is asked */
  async #sendFrom(
    from: number | undefined,
    id: string,
    source: UploadSource,
    options: SendOptions,
  ): Promise<Upload> {
    const { clock } = this.#connection;
    let offset = from;
    let attempt = 1;
    let lostMs: number | undefined;
    while (offset === undefined || offset < source.sizeBytes)
      try {
        offset =
          offset === undefined
            ? await this.#offsetOf(id)
            : await this.#sendPiece(id, source, offset, options.signal);
        attempt = 1;
        lostMs = undefined;
        options.onProgress?.(offset);
      } catch (error) {
        lostMs ??= clock.monotonicMs();
        if (!isPassing(error) || clock.monotonicMs() - lostMs > LIMITS.clientPatienceMs)
          throw error;
        await this.#connection.pause(error, attempt, options.signal);
        attempt += 1;
        offset = undefined;
      }
    return this.show(id);
  }

  async #begin({ name, sizeBytes, sha256 }: UploadSource): Promise<string> {
    const metadata = [
      `filename ${base64(name)}`,
      ...(sha256 === undefined ? [] : [`sha256 ${base64(sha256)}`]),
    ];
    const { headers } = await this.#connection.request('POST', '/uploads', {
      headers: {
        ...TUS,
        'upload-length': String(sizeBytes),
        'upload-metadata': metadata.join(','),
      },
    });
    const id = headers.get('location')?.split('/').at(-1) ?? '';
    if (id !== '') return id;
    throw new RunnerError('server-unreachable', 'the server does not say where the upload is');
  }

  async #sendPiece(
    id: string,
    source: UploadSource,
    offset: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const length = Math.min(LIMITS.uploadPieceBytes, source.sizeBytes - offset);
    const body = await source.read(offset, length);
    if (body.length === 0)
      throw new RunnerError('input-missing', `${source.name} became shorter while it was sent`, {
        hint: 'Send it again when nobody writes to it.',
      });
    const { headers } = await this.#connection.once('PATCH', pathOf(id), {
      headers: {
        ...TUS,
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
      },
      body,
      ...(signal === undefined ? {} : { signal }),
    });
    return Number(headers.get('upload-offset') ?? offset + body.length);
  }

  async #offsetOf(id: string): Promise<number> {
    const { headers } = await this.#connection.once('HEAD', pathOf(id), { headers: TUS });
    return Number(headers.get('upload-offset') ?? 0);
  }
}

const pathOf = (id: string): string => `/uploads/${encodeURIComponent(id)}`;

/** Of the text's UTF-8, as the protocol has it. */
const base64 = (text: string): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
