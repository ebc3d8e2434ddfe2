import { createHash } from 'node:crypto';

import { isJsonObject, readJson } from '../../descriptor/index.ts';
import { newRunId } from '../../store/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { ref, text } from '../http/schemas.ts';
import { prepareSubmission, valuesOfBody, type Submission } from '../submission.ts';
import type { Routes } from './route.ts';

/** `POST /runs`: one run into the queue. */
export const submitRoutes: Routes = (app, context) => {
  const { store, clock, dispatcher, active } = context;
  app.post(
    '/runs',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Submit a run',
        description:
          'Checked as on the command line; durable before it is answered. With an Idempotency-Key it can be sent again: the same run is answered, with status 200.',
        tags: ['runs'],
        headers: {
          type: 'object',
          properties: {
            'idempotency-key': text('Your own name for this submission.', {
              minLength: 1,
              maxLength: 255,
            }),
          },
        },
        body: ref('Submission'),
        response: {
          200: { description: 'It was submitted before.', ...ref('RunRecord') },
          201: { description: 'It waits in the queue.', ...ref('RunRecord') },
          ...PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const submitter = request.principal.name;
      const key = request.headers['idempotency-key'];
      const once =
        typeof key === 'string'
          ? { submitter, key, fingerprint: sha256(request.bodyText) }
          : undefined;
      const earlier = once && store.server.submittedBefore(once);
      if (earlier !== undefined) return answer(earlier.runIds[0] ?? '', false);
      const { document } = readJson(request.bodyText);
      const body = isJsonObject(document?.root) ? document.root : new Map();
      const prepared = await prepareSubmission(
        request.body as Submission,
        {
          user: valuesOfBody(body, 'parameters'),
          server: valuesOfBody(body, 'serverParameters'),
        },
        request.principal,
        context,
      );
      dispatcher.assertFits(prepared);
      const runId = newRunId(clock);
      const { runIds, isNew } = store.server.submit([{ runId, facts: prepared.created }], once);
      if (isNew) {
        active.observerOf(runId).onRecord?.(store.read(runId));
        dispatcher.add({ ...prepared, runId });
      }
      return answer(runIds[0] ?? runId, isNew);

      async function answer(id: string, created: boolean): Promise<unknown> {
        return reply
          .code(created ? 201 : 200)
          .header('location', `/runner/v1/runs/${id}`)
          .send(store.read(id));
      }
    },
  );
};

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
