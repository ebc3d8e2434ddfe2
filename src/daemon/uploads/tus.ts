import { FileStore } from '@tus/file-store';
import { Server, Upload } from '@tus/server';

import { RunnerError } from '../../base/errors.ts';
import type { StoredUpload } from '../../store/index.ts';
import type { Uploads } from './uploads.ts';

/** What the protocol can do here, as its header `Tus-Extension` says it. */
const EXTENSIONS = ['creation', 'creation-with-upload', 'termination', 'expiration'];

/**
 * The protocol tus 1.0 (https://tus.io/protocols/resumable-upload) over uploads that are known already:
 * whose each is, how large it may be and whether there is room was decided before.
 */
export class TusProtocol {
  readonly #server: Server;
  readonly #failures = new WeakMap<Request, RunnerError>();
  /** New uploads by the request that begins them. */
  readonly #begun = new WeakMap<Request, StoredUpload>();

  /** @param path that of all uploads, as clients see it */
  constructor(uploads: Uploads, path: string) {
    this.#server = new Server({
      path,
      datastore: filesOf(uploads),
      allowedOrigins: [],
      namingFunction: (request) => fileIdOf(this.#begun.get(request)),
      generateUrl: (_request, place) => `${place.path}/${uploadIdOf(place.id)}`,
      getFileIdFromRequest: (_request, id = '') => fileIdOf(uploads.find(id)),
      onUploadFinish: async (_request, { id }) => {
        const upload = uploads.find(uploadIdOf(id));
        if (upload !== undefined) await uploads.settle(upload);
        return {};
      },
      onResponseError: (request, error) => {
        if (error instanceof RunnerError) this.#failures.set(request, error);
        return undefined;
      },
    });
  }

  /**
   * Answers one request of the protocol. Throws `upload-mismatch` and whatever else is ours.
   *
   * @param begun the upload that the request begins, if it begins one
   */
  async answer(request: Request, begun?: StoredUpload): Promise<Response> {
    if (begun !== undefined) this.#begun.set(request, begun);
    const answer = await this.#server.handleWeb(request);
    const failure = this.#failures.get(request);
    if (failure !== undefined) throw failure;
    return answer;
  }
}

/** The library's name for a file is its path below the folder. */
const fileIdOf = (upload: StoredUpload | undefined): string =>
  upload === undefined ? '' : `${upload.id}/${upload.name}`;

const uploadIdOf = (fileId: string): string => fileId.split('/')[0] ?? '';

/** The library keeps the bytes; what is known of them is in our store already. */
function filesOf(uploads: Uploads): FileStore {
  const files = new FileStore({
    directory: uploads.folder,
    configstore: {
      get: (fileId) => Promise.resolve(described(uploads.find(uploadIdOf(fileId)))),
      set: () => Promise.resolve(),
      delete: () => Promise.resolve(),
    },
  });
  files.extensions = EXTENSIONS;
  return files;
}

const described = (upload: StoredUpload | undefined): Upload | undefined =>
  upload &&
  new Upload({
    id: fileIdOf(upload),
    size: upload.sizeBytes,
    offset: 0,
    creation_date: upload.createdAt,
    metadata: { filename: upload.name },
  });
