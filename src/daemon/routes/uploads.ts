import type { FastifyInstance } from 'fastify';

import { dateAt, epochMs } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { StoredUpload } from '../../store/index.ts';
import { API_ROOT, PROBLEMS } from '../http/server.ts';
import { count, list, object, ref, text, time, type Schema } from '../http/schemas.ts';
import { answerTus, wantedUpload, type TusRequest } from '../uploads/tus-route.ts';
import type { WantedFolder } from '../uploads/upload-folder.ts';
import type { TusProtocol } from '../uploads/tus.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { Routes } from './route.ts';

const UPLOAD_FOLDER_SCHEMA: Schema = {
  $id: 'UploadFolder',
  description: 'A folder that is to be made of uploads.',
  ...object(
    {
      name: text('What it is called.', { minLength: 1 }),
      files: {
        type: 'array',
        maxItems: LIMITS.uploadFolderFilesMax,
        items: object({
          path: text('Below the folder, with `/`.', { minLength: 1 }),
          upload: text('Id of the upload that is this file.'),
        }),
      },
      emptyFolders: {
        type: 'array',
        description: 'Folders in which there is nothing.',
        maxItems: LIMITS.uploadFolderFilesMax,
        items: text('Below the folder, with `/`.', { minLength: 1 }),
      },
    },
    ['name', 'files'],
  ),
};

export const UPLOAD_SCHEMAS: readonly Schema[] = [
  UPLOAD_FOLDER_SCHEMA,
  {
    $id: 'Upload',
    description: 'A file that was sent, or is being sent; or a folder of such.',
    ...object(
      {
        id: text('A parameter refers to it as {"upload": id}.'),
        owner: text('Who sends it.'),
        name: text('Its file name, made safe.'),
        sizeBytes: count('How many bytes it has.'),
        receivedBytes: count('How many of them are here.'),
        sha256: text('Of all of it; absent until all is here.'),
        wantedSha256: text('What its sender said that it will be, until all is here.'),
        createdAt: time('When it was begun.'),
        expiresAt: time('When it goes, unless it is gone on with or used.'),
      },
      ['id', 'owner', 'name', 'sizeBytes', 'receivedBytes', 'createdAt', 'expiresAt'],
    ),
  },
];

interface UploadRequest extends TusRequest {
  readonly Params: { readonly uploadId: string };
}

const UPLOAD_ID = object({ uploadId: text('Id of the upload.') });
const TUS =
  'The protocol is tus 1.0 (https://tus.io/protocols/resumable-upload): send `Tus-Resumable: 1.0.0`.';
const saidInHeaders = (description: string): Schema => ({ description, type: 'null' });

/** Files for later runs, sent in pieces if need be. */
export const uploadRoutes: Routes = (app, { uploads }) => {
  const protocol = loadedOnce(uploads);
  app.addContentTypeParser('application/offset+octet-stream', (_request, body, done) => {
    done(null, body);
  });
  beginning(app, uploads, protocol);
  goingOn(app, uploads, protocol);
  looking(app, uploads);
  gathering(app, uploads);
};

function gathering(app: FastifyInstance, uploads: Uploads): void {
  app.post<{ Body: WantedFolder }>(
    '/uploads/folders',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Make a folder of uploads',
        description:
          'It is an upload itself, for a File that may be a folder, or for `folders`. Its files are no uploads of their own any more, but for those that a run needs.',
        tags: ['uploads'],
        body: ref('UploadFolder'),
        response: { 201: { description: 'The folder.', ...ref('Upload') }, ...PROBLEMS },
      },
    },
    async ({ body, principal }, reply) => {
      const { makeUploadFolder } = await import('../uploads/upload-folder.ts');
      const made = await makeUploadFolder(body, principal, uploads);
      return reply.code(201).send(await shown(made, uploads));
    },
  );
}

type LoadProtocol = () => Promise<TusProtocol>;

/** Most servers are sent no files: the protocol takes 15 MB. */
function loadedOnce(uploads: Uploads): LoadProtocol {
  let protocol: Promise<TusProtocol> | undefined;
  const load: LoadProtocol = async () =>
    new (await import('../uploads/tus.ts')).TusProtocol(uploads, `${API_ROOT}/uploads`);
  return () => (protocol ??= load());
}

function beginning(app: FastifyInstance, uploads: Uploads, protocol: LoadProtocol): void {
  app.options(
    '/uploads',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'What of the protocol tus is understood',
        tags: ['uploads'],
        response: { 204: saidInHeaders('Said in headers.'), ...PROBLEMS },
      },
    },
    async (request, reply) => answerTus(await protocol(), request, reply),
  );

  app.post<TusRequest>(
    '/uploads',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Begin an upload',
        description: `${TUS} Give \`Upload-Length\`, and in \`Upload-Metadata\` \`filename\` and, to have it checked, \`sha256\` (hexadecimal). The file, or its beginning, may come as the body.`,
        tags: ['uploads'],
        response: { 201: saidInHeaders('Begun; `Location` says where to send it.'), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const begun = await uploads.add(wantedUpload(request.headers), request.principal.name);
      try {
        void reply.header('upload-expires', httpDate(uploads.expiresAt(begun)));
        return await answerTus(await protocol(), request, reply, begun);
      } catch (error) {
        // Whoever was not told where it is cannot go on with it.
        await uploads.remove(begun);
        throw error;
      }
    },
  );
}

function goingOn(app: FastifyInstance, uploads: Uploads, protocol: LoadProtocol): void {
  app.head<UploadRequest>(
    '/uploads/:uploadId',
    {
      config: { scope: 'read', swagger: { exposeHeadRoute: true } },
      schema: {
        summary: 'Where to go on with an upload',
        description: `${TUS} \`Upload-Offset\` says how many bytes are here.`,
        tags: ['uploads'],
        params: UPLOAD_ID,
        response: { 200: saidInHeaders('Said in headers.'), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const upload = uploads.visible(request.params.uploadId, request.principal);
      await uploads.assertFile(upload);
      void reply.header('upload-expires', httpDate(uploads.expiresAt(upload)));
      await uploads.settle(upload);
      return answerTus(await protocol(), request, reply);
    },
  );

  app.patch<UploadRequest>(
    '/uploads/:uploadId',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Send more of an upload',
        description: `${TUS} Send the bytes behind \`Upload-Offset\` as \`application/offset+octet-stream\`.`,
        tags: ['uploads'],
        params: UPLOAD_ID,
        response: { 204: saidInHeaders('They are here.'), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const upload = uploads.visible(request.params.uploadId, request.principal);
      await uploads.assertFile(upload);
      uploads.touch(upload.id);
      return answerTus(await protocol(), request, reply);
    },
  );
}

function looking(app: FastifyInstance, uploads: Uploads): void {
  app.get<{ Querystring: { readonly sha256?: string } }>(
    '/uploads',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Your uploads, newest first',
        tags: ['uploads'],
        querystring: object({ sha256: text('Only of these bytes: hexadecimal.') }, []),
        response: {
          200: { description: `At most ${LIMITS.runsPageMax}.`, ...list(ref('Upload')) },
          ...PROBLEMS,
        },
      },
    },
    ({ principal, query }) =>
      Promise.all(
        uploads
          .list(LIMITS.runsPageMax, principal, query.sha256)
          .map((upload) => shown(upload, uploads)),
      ),
  );

  app.get<UploadRequest>(
    '/uploads/:uploadId',
    {
      config: { scope: 'read' },
      exposeHeadRoute: false,
      schema: {
        summary: 'One upload, and how much of it is here',
        tags: ['uploads'],
        params: UPLOAD_ID,
        response: { 200: { description: 'The upload.', ...ref('Upload') }, ...PROBLEMS },
      },
    },
    async ({ params, principal }) =>
      shown(await uploads.settle(uploads.visible(params.uploadId, principal)), uploads),
  );

  app.delete<UploadRequest>(
    '/uploads/:uploadId',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Forget an upload',
        tags: ['uploads'],
        params: UPLOAD_ID,
        response: { 204: saidInHeaders('It is gone.'), ...PROBLEMS },
      },
    },
    async ({ params, principal }, reply) => {
      const upload = uploads.visible(params.uploadId, principal);
      uploads.assertFree(upload);
      await uploads.remove(upload);
      return reply.code(204).header('tus-resumable', '1.0.0').send();
    },
  );
}

const httpDate = (at: string): string => dateAt(epochMs(at)).toUTCString();

async function shown(upload: StoredUpload, uploads: Uploads): Promise<object> {
  const { id, owner, name, sizeBytes, sha256, wantedSha256, isAwaited, createdAt } = upload;
  // Nobody is to go on with what the server itself fetches.
  const isBegun = sha256 === undefined && !isAwaited;
  return {
    id,
    owner,
    name,
    sizeBytes,
    receivedBytes: await uploads.received(upload),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(isBegun && wantedSha256 !== undefined ? { wantedSha256 } : {}),
    createdAt,
    expiresAt: uploads.expiresAt(upload),
  };
}
