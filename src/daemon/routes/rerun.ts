import { RunnerError } from '../../base/errors.ts';
import { compareRuns } from '../../report/index.ts';
import type { RunRecord } from '../../runner/index.ts';
import { prepareRerun, recordedDescriptor } from '../../site/index.ts';
import { assertOptionsAllowed } from '../access/option-rules.ts';
import { PROBLEMS } from '../http/server.ts';
import { flag, list, object, ref, text, type Schema } from '../http/schemas.ts';
import {
  admissionOf,
  callerIn,
  queuePlace,
  resolvedValues,
  valuesOfBody,
  type Placing,
} from '../submission.ts';
import { bodyOf, IDEMPOTENCY_HEADER, onceOf, queueRun } from '../submit.ts';
import type { Routes } from './route.ts';
import { PLACING, RUN_ID } from './run-schemas.ts';
import type { ById } from './runs.ts';
import { visibleRun } from './visible.ts';

export const RERUN_SCHEMAS: readonly Schema[] = [
  {
    $id: 'Rerun',
    description: 'What is to be other than in the run that is repeated.',
    ...object(
      {
        parameters: { type: 'object', description: 'Secrets again, and values anew, by input id.' },
        serverParameters: { type: 'object', description: 'The same of server-set values.' },
        environment: list(text('A secret variable again, as NAME=value.')),
        out: text('Folder of the server that gets the outputs; without it the server keeps them.'),
        currentImage: flag('What the reference names now, in place of the very image.'),
        ...PLACING,
      },
      [],
    ),
  },
  {
    $id: 'Comparison',
    description: 'What differs between two runs.',
    ...object({
      before: { type: 'object', description: 'The run that was repeated.' },
      after: { type: 'object', description: 'Its repetition.' },
      causes: list({ type: 'object', description: 'A difference in what they were made from.' }),
      outputs: list({ type: 'object', description: 'One output, by path.' }),
      reproduced: flag('Both completed, left something, and every byte is the same.'),
    }),
  },
];

interface RerunBody extends Placing {
  readonly environment?: readonly string[];
  readonly out?: string;
  readonly currentImage?: boolean;
}

/** Repeating runs. */
export const rerunRoutes: Routes = (app, context) => {
  const { store } = context;
  app.post<ById & { Body: RerunBody | null }>(
    '/runs/:runId/rerun',
    {
      config: { scope: 'submit' },
      schema: {
        summary: 'Repeat a run: the same descriptor, values, options and image',
        description: 'GET /runs/{runId}/comparison of the new run says what differs.',
        tags: ['runs'],
        params: RUN_ID,
        headers: IDEMPOTENCY_HEADER,
        body: { anyOf: [ref('Rerun'), { type: 'null' }] },
        response: {
          200: { description: 'It was asked for before.', ...ref('RunRecord') },
          201: { description: 'It waits in the queue.', ...ref('RunRecord') },
          ...PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const before = visibleRun(store, request.params.runId, request.principal);
      const once = onceOf(request, `rerun ${before.runId}`, store.server.secrets);
      return queueRun({ once, reply, context }, async (asking) => {
        const given = request.body ?? {};
        const body = bodyOf(request);
        const { values, secretInputs } = await resolvedValues(
          {
            user: valuesOfBody(body, 'parameters'),
            server: valuesOfBody(body, 'serverParameters'),
          },
          await recordedDescriptor(before.app),
          asking,
          context,
        );
        const prepared = await prepareRerun(before, {
          values,
          secretInputs,
          admit: admissionOf(context.settings.current, asking, context).inputs,
          environment: given.environment ?? [],
          outFolder: given.out,
          currentImage: given.currentImage === true,
          caller: callerIn('/'),
        });
        assertOptionsAllowed(prepared.created.options, request.principal);
        const queue = queuePlace(given, request.principal, context.clock.now());
        return { ...prepared, created: { ...prepared.created, queue } };
      });
    },
  );

  app.get<ById & { Querystring: { readonly with?: string } }>(
    '/runs/:runId/comparison',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'What differs between a run and the one it repeats, or another',
        tags: ['runs'],
        params: RUN_ID,
        querystring: object({ with: text('Another run than the one it repeats.') }, []),
        response: { 200: { description: 'What differs.', ...ref('Comparison') }, ...PROBLEMS },
      },
    },
    ({ params, query, principal }) => {
      const after = visibleRun(store, params.runId, principal);
      return compareRuns(visibleRun(store, query.with ?? original(after), principal), after);
    },
  );
};

function original({ runId, rerunOf }: RunRecord): string {
  if (rerunOf !== undefined) return rerunOf;
  throw new RunnerError('request-invalid', `run ${runId} repeats no other`, {
    hint: 'Say which to compare it with: ?with=RUN.',
  });
}
