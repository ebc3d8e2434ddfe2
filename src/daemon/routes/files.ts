import type { FastifyReply } from 'fastify';

import { RunnerError } from '../../base/errors.ts';
import {
  filesBelow,
  type FileBelow,
  type OutputFacts,
  type RunRecord,
} from '../../runner/index.ts';
import { openBelow, openRecorded, type RecordedFile } from '../files/recorded-file.ts';
import { sendFile } from '../files/send-file.ts';
import { zipOf } from '../files/zip.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, list, object, ref, text, type Schema } from '../http/schemas.ts';
import type { Routes } from './route.ts';
import { ofOneRun, RUN_ID_TEXT } from './run-schemas.ts';
import type { ById } from './runs.ts';
import { visibleRun } from './visible.ts';

interface OutputRequest {
  readonly Params: { readonly runId: string; readonly '*': string };
}

interface InputRequest {
  readonly Params: { readonly runId: string; readonly number: number };
}

const BYTES: Schema = { content: { '*/*': { schema: { type: 'string' } } } };

/** What a route answers that gives a file. */
const FILE_ANSWERS = {
  200: { description: 'Its bytes.', ...BYTES },
  206: { description: 'The part that Range asks for.', ...BYTES },
  304: { description: 'It is as If-None-Match has it.', type: 'null' },
  ...PROBLEMS,
};

const RANGE = object(
  {
    range: text('One range of bytes, for example bytes=0-1023.'),
    'if-none-match': text('ETag of what the reader has.'),
    'if-range': text('Only a part if the ETag is still this one.'),
  },
  [],
  { additionalProperties: true },
);

const OUTPUT = object({ runId: RUN_ID_TEXT, '*': text('Its path in the outputs.') });

/** Files that a run left. Only what its record names is ever opened. */
export const outputRoutes: Routes = (app, { store }) => {
  app.get<ById>(
    '/runs/:runId/outputs',
    {
      config: { scope: 'read' },
      schema: ofOneRun('The files a run left, with their checksums', list(ref('RunEventOutput'))),
    },
    ({ params, principal }) => visibleRun(store, params.runId, principal).outputs,
  );

  app.get<ById & { Querystring: { readonly in?: string } }>(
    '/runs/:runId/output-files',
    {
      config: { scope: 'read' },
      schema: {
        ...ofOneRun(
          'Every file that a run left, those in its folders too, with their checksums',
          list(ref('OutputFile')),
        ),
        querystring: object({ in: text('Only of this output, by its path.') }, []),
      },
    },
    ({ params, query, principal }) =>
      outputFiles(visibleRun(store, params.runId, principal), query.in),
  );

  app.get<OutputRequest>(
    '/runs/:runId/outputs/*',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'One file that a run left; of a folder, a zip',
        tags: ['runs'],
        params: OUTPUT,
        headers: RANGE,
        response: FILE_ANSWERS,
      },
    },
    async (request, reply) => {
      const run = visibleRun(store, request.params.runId, request.principal);
      const path = request.params['*'];
      const output = run.outputs.find((one) => path === one.path || path === `${one.path}/`);
      if (output?.kind === 'folder') return sendFolder(output, reply);
      return sendFile(await outputFile(path, output, run), request, reply);
    },
  );
};

/** Files that a run was given. Only what its record names is ever opened. */
export const inputRoutes: Routes = (app, { store }) => {
  app.get<ById>(
    '/runs/:runId/inputs',
    {
      config: { scope: 'read' },
      schema: ofOneRun(
        'The files a run was given, with their checksums',
        list(ref('RunEventInput')),
      ),
    },
    ({ params, principal }) => visibleRun(store, params.runId, principal).inputs,
  );

  app.get<InputRequest>(
    '/runs/:runId/inputs/:number',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'One file that a run was given, by its number in the list, from 0',
        tags: ['runs'],
        params: object({
          runId: RUN_ID_TEXT,
          number: { type: 'integer', minimum: 0, description: 'Its number.' },
        }),
        headers: RANGE,
        response: FILE_ANSWERS,
      },
    },
    async (request, reply) => {
      const run = visibleRun(store, request.params.runId, request.principal);
      const { number } = request.params;
      const input = run.inputs[number];
      if (input?.kind !== 'file')
        throw new RunnerError('not-found', `run ${run.runId} has no file as input ${number}`, {
          hint: `GET /runner/v1/runs/${run.runId}/inputs lists them.`,
        });
      const facts = { ...input, mediaType: 'application/octet-stream' };
      return sendFile(await openRecorded(facts, run), request, reply);
    },
  );
};

export const FILE_SCHEMAS: readonly Schema[] = [
  {
    $id: 'OutputFile',
    description: 'One file that a run left.',
    ...object({
      path: text('Relative to the outputs; its address is …/outputs/PATH.'),
      sizeBytes: count('Its size.'),
      sha256: text('Hex.'),
    }),
  },
];

/** Those of folders are read, to tell what they are now. Throws `not-found` for a folder that is gone. */
async function outputFiles(
  { runId, outputs }: RunRecord,
  only: string | undefined,
): Promise<readonly FileBelow[]> {
  const asked = outputs.filter(({ path }) => only === undefined || path === only);
  if (only !== undefined && asked.length === 0) throw noOutput(runId, only);
  const files: FileBelow[] = [];
  for (const { kind, path, location, sizeBytes, sha256 } of asked)
    if (kind === 'file') files.push({ path, sizeBytes, sha256 });
    else
      for (const file of await filesBelow(location).catch((error: unknown) => {
        throw noOutput(runId, path, error);
      }))
        files.push({ ...file, path: `${path}/${file.path}` });
  return files;
}

const noOutput = (runId: string, path: string, cause?: unknown): RunnerError =>
  new RunnerError('not-found', `run ${runId} has no output ${JSON.stringify(path)}`, {
    cause,
    hint: `GET /runner/v1/runs/${runId}/outputs lists them.`,
  });

function outputFile(
  path: string,
  output: OutputFacts | undefined,
  run: RunRecord,
): Promise<RecordedFile> {
  if (output !== undefined) return openRecorded({ ...output, path: output.location }, run);
  const folder = run.outputs.find(
    (one) => one.kind === 'folder' && path.startsWith(`${one.path}/`),
  );
  if (folder !== undefined) return openBelow(folder.location, path.slice(folder.path.length + 1));
  throw noOutput(run.runId, path);
}

async function sendFolder(
  { path, location }: OutputFacts,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const target = path.split('/').at(-1) ?? 'folder';
  return reply
    .header('content-type', 'application/zip')
    .header(
      'content-disposition',
      `attachment; filename*=UTF-8''${encodeURIComponent(`${target}.zip`)}`,
    )
    .send(await zipOf([{ target, source: location, kind: 'folder' }]));
}
