import { dryRunOf } from '../../site/index.ts';
import type { Asking } from '../references/reference-ports.ts';
import { WantedUrls } from '../url-inputs/wanted-urls.ts';
import { PROBLEMS } from '../http/server.ts';
import { ref, type Schema } from '../http/schemas.ts';
import { prepareSubmission, valuesOfBody, type Submission } from '../submission.ts';
import { bodyOf, IDEMPOTENCY_HEADER, onceOf, queueRun } from '../submit.ts';
import type { FastifyRequest } from 'fastify';
import type { RouteContext, Routes } from './route.ts';

const DRY_RUN: Schema = {
  type: 'object',
  description:
    'As `cyto-run DESCRIPTOR --dry-run --json`: command, mounts, limits, security, outputs.',
  required: ['app', 'parameters', 'engine', 'image', 'command', 'mounts', 'limits', 'security'],
};

/** `POST /runs`: one run into the queue. `POST /runs/dry-run`: what it would be. */
export const submitRoutes: Routes = (app, context) => {
  app.post(
    '/runs',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Submit a run',
        description:
          'Checked as on the command line; durable before it is answered. With an Idempotency-Key it can be sent again: the same run is answered, with status 200.',
        tags: ['runs'],
        headers: IDEMPOTENCY_HEADER,
        body: ref('Submission'),
        response: {
          200: { description: 'It was submitted before.', ...ref('RunRecord') },
          201: { description: 'It waits in the queue.', ...ref('RunRecord') },
          ...PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const { webhook } = request.body as Submission;
      const once = onceOf(request, '', context.store.server.secrets);
      return queueRun({ once, reply, context, webhook }, async (asking) => {
        const { prepared } = await preparedOf(request, context, asking);
        return prepared;
      });
    },
  );

  app.post(
    '/runs/dry-run',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'What a run would do',
        description: 'Checked as a submission is; starts and writes nothing.',
        tags: ['runs'],
        body: ref('Submission'),
        response: { 200: DRY_RUN, ...PROBLEMS },
      },
    },
    async (request) => {
      const { principal } = request;
      await using wanted = new WantedUrls(context, principal.name);
      const { file, prepared } = await preparedOf(request, context, { principal, wanted });
      return dryRunOf(prepared, file);
    },
  );
};

function preparedOf(
  request: FastifyRequest,
  context: RouteContext,
  asking: Asking,
): ReturnType<typeof prepareSubmission> {
  const body = bodyOf(request);
  return prepareSubmission(
    request.body as Submission,
    { user: valuesOfBody(body, 'parameters'), server: valuesOfBody(body, 'serverParameters') },
    asking,
    context,
  );
}
