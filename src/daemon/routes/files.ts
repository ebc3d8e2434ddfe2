import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { RunnerError } from '../../base/errors.ts';
import type { OutputFacts } from '../../runner/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { list, object, ref, text } from '../http/schemas.ts';
import type { Routes } from './route.ts';
import { RUN_ID } from './run-schemas.ts';
import { visibleRun } from './visible.ts';

interface OutputRequest {
  readonly Params: { readonly runId: string; readonly '*': string };
}

/** Files that a run left. Only what its record names is ever opened. */
export const fileRoutes: Routes = (app, { store }) => {
  app.get<OutputRequest>(
    '/runs/:runId/outputs',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'The files a run left, with their checksums',
        tags: ['runs'],
        params: RUN_ID,
        response: {
          200: { description: 'Its outputs.', ...list(ref('RunEventOutput')) },
          ...PROBLEMS,
        },
      },
    },
    ({ params, principal }) => visibleRun(store, params.runId, principal).outputs,
  );

  app.get<OutputRequest>(
    '/runs/:runId/outputs/*',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'One file that a run left',
        tags: ['runs'],
        params: object({ runId: text('Id of the run.'), '*': text('Its path in the outputs.') }),
        response: {
          200: {
            description: 'Its bytes.',
            content: { '*/*': { schema: { type: 'string' } } },
          },
          ...PROBLEMS,
        },
      },
    },
    async ({ params, principal }, reply) => {
      const { outputs, runId } = visibleRun(store, params.runId, principal);
      const output = outputNamed(params['*'], outputs, runId);
      const { size } = await stat(output.location).catch((error: unknown) => {
        throw new RunnerError('not-found', `${output.path} was moved or removed`, { cause: error });
      });
      return reply
        .header('content-type', output.mediaType)
        .header('content-length', size)
        .header('etag', `"${output.sha256}"`)
        .header('content-disposition', 'attachment')
        .send(createReadStream(output.location));
    },
  );
};

function outputNamed(path: string, outputs: readonly OutputFacts[], runId: string): OutputFacts {
  const found = outputs.find((output) => output.path === path && output.kind === 'file');
  if (found !== undefined) return found;
  throw new RunnerError('not-found', `run ${runId} has no output ${JSON.stringify(path)}`, {
    hint: `GET /runner/v1/runs/${runId}/outputs lists them.`,
  });
}
