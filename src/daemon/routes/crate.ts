import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { crateFiles } from '../../report/index.ts';
import { isTerminal } from '../../runner/index.ts';
import { checkCrateSources } from '../../site/index.ts';
import { zipOf } from '../files/zip.ts';
import { PROBLEMS } from '../http/server.ts';
import { object, text } from '../http/schemas.ts';
import type { Routes } from './route.ts';
import { RUN_ID } from './run-schemas.ts';
import type { ById } from './runs.ts';
import { visibleRun } from './visible.ts';

interface CrateQuery {
  readonly inputs: 'copy' | 'refer';
  readonly format: 'zip' | 'json';
  readonly license?: string;
}

/** What every RO-Crate 1.1 calls its metadata. */
const METADATA = 'ro-crate-metadata.json';

/** A run as a Process Run Crate. */
export const crateRoutes: Routes = (app, { store }) => {
  app.get<ById & { Querystring: CrateQuery }>(
    '/runs/:runId/crate',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'An ended run as a Process Run Crate',
        description:
          'A zip with its files and their metadata, as `cyto-run export` makes a folder.',
        tags: ['runs'],
        params: RUN_ID,
        querystring: object(
          {
            inputs: {
              enum: ['copy', 'refer'],
              default: 'copy',
              description: 'Inputs: in it, or only named.',
            },
            format: {
              enum: ['zip', 'json'],
              default: 'zip',
              description: 'json: the metadata alone.',
            },
            license: text('Of the data: an SPDX id or a URL.'),
          },
          [],
        ),
        response: {
          200: {
            description: 'The crate.',
            content: {
              'application/zip': { schema: { type: 'string' } },
              'application/ld+json': { schema: { type: 'object' } },
            },
          },
          ...PROBLEMS,
        },
      },
    },
    async ({ params, query, principal }, reply) => {
      const record = visibleRun(store, params.runId, principal);
      const { runId, state } = record;
      if (!isTerminal(state))
        throw new RunnerError('run-active', `run ${runId} has not ended (${state})`, {
          hint: `Follow it: GET /runner/v1/runs/${runId}/stream.`,
        });
      const logs = posix.join(store.runFolder(runId), 'logs');
      const { metadata, files } = crateFiles(record, {
        inputs: query.inputs,
        ...(query.license === undefined ? {} : { license: query.license }),
        logs: { stdout: posix.join(logs, 'stdout'), stderr: posix.join(logs, 'stderr') },
      });
      const content = `${JSON.stringify(metadata, null, 2)}\n`;
      if (query.format === 'json')
        return reply.header('content-type', 'application/ld+json; charset=utf-8').send(content);
      await checkCrateSources(record, query.inputs === 'copy');
      return reply
        .header('content-type', 'application/zip')
        .header('content-disposition', `attachment; filename="${runId}-crate.zip"`)
        .send(await zipOf([{ target: METADATA, content }, ...files]));
    },
  );
};
