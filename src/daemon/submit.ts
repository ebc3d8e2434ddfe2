import type { FastifyReply, FastifyRequest } from 'fastify';

import { isJsonObject, readJson, type JsonObject } from '../descriptor/index.ts';
import type { CreatedFacts, PlacedOrigin, PreparedRun } from '../runner/index.ts';
import { assertInstalled, secretsOf, type Preparation } from '../site/index.ts';
import { runWebhook } from '../site/webhooks/index.ts';
import {
  newRunId,
  type Entrusted,
  type OnceOnly,
  type SecretStore,
  type Submitted,
} from '../store/index.ts';
import type { ServerContext } from './context.ts';
import { text, type Schema } from './http/schemas.ts';
import type { Asking } from './references/reference-ports.ts';
import type { Submission } from './submission.ts';
import { parseTraceparent } from './tracing/traceparent.ts';
import type { Uploads } from './uploads/uploads.ts';
import { WantedUrls } from './url-inputs/wanted-urls.ts';

/** Of requests that may be sent again. */
export const IDEMPOTENCY_HEADER: Schema = {
  type: 'object',
  properties: {
    'idempotency-key': text('Your own name for this submission.', { minLength: 1, maxLength: 255 }),
  },
};

/** What makes a request one that may be sent again; undefined: its sender does not ask for it. */
export function onceOf(
  { headers, principal, bodyText }: FastifyRequest,
  what: string,
  secrets: Pick<SecretStore, 'fingerprintOf'>,
): OnceOnly | undefined {
  const key = headers['idempotency-key'];
  if (typeof key !== 'string') return undefined;
  // Of a single run its body alone, as it was first kept.
  const said = what === '' ? bodyText : `${what}\n${bodyText}`;
  return { submitter: principal.name, key, fingerprint: secrets.fingerprintOf(said) };
}

/** The body with its numbers as they were written; without one, empty. */
export function bodyOf({ bodyText }: FastifyRequest): JsonObject {
  const { document } = readJson(bodyText);
  return isJsonObject(document?.root) ? document.root : new Map();
}

interface Queueing {
  readonly once: OnceOnly | undefined;
  readonly reply: FastifyReply;
  readonly context: Pick<
    ServerContext,
    'store' | 'clock' | 'dispatcher' | 'active' | 'uploads' | 'urls'
  >;
  /** Who is told of it. */
  readonly webhook?: Submission['webhook'];
}

/** Puts one run into the queue, once for each key, and answers with it. */
export async function queueRun(
  { once, reply, context, webhook }: Queueing,
  prepare: (asking: Asking) => Promise<Preparation>,
): Promise<FastifyReply> {
  const { store } = context;
  const earlier = once && store.server.submittedBefore(once);
  const { runIds, isNew } =
    earlier ?? (await submitRun({ once, reply, context, webhook }, prepare));
  const [runId = ''] = runIds;
  return reply
    .code(earlier === undefined && isNew ? 201 : 200)
    .header('location', `/runner/v1/runs/${runId}`)
    .send(store.read(runId));
}

async function submitRun(
  { once, reply, context, webhook }: Queueing,
  prepare: (asking: Asking) => Promise<Preparation>,
): Promise<Submitted> {
  const { store, clock, dispatcher, active, uploads } = context;
  const { principal } = reply.request;
  await using wanted = new WantedUrls(context, principal.name);
  const prepared = await prepare({ principal, wanted });
  assertInstalled(prepared.created.options.engine, process.env);
  dispatcher.assertFits(prepared);
  const runId = newRunId(clock);
  const facts = {
    ...admittedFacts(prepared, uploads, wanted),
    ...traceOf(reply.request.traceparent),
  };
  const asked = webhook && runWebhook(store.webhooks, runId, webhook);
  const run = { ...entrustedOf(prepared, uploads, wanted), runId, facts, webhook: asked };
  const submitted = store.server.submit([run], once);
  if (submitted.isNew) {
    active.observerOf(runId).onRecord?.(store.read(runId));
    dispatcher.add({ ...prepared, runId });
  }
  return submitted;
}

/** What is kept of a run whose inputs were admitted: where they were found, and where they came from. */
export function admittedFacts(
  { created, inputs }: Pick<PreparedRun, 'created' | 'inputs'>,
  uploads: Pick<Uploads, 'originOf'>,
  wanted: Pick<WantedUrls, 'originOf'>,
): CreatedFacts {
  const { inputOrigins: before = [], ...others } = created;
  const inputOrigins = inputs.flatMap(({ inputId, source }): PlacedOrigin[] => {
    const origin =
      wanted.originOf(source) ??
      uploads.originOf(source) ??
      before.find(({ path }) => path === source)?.origin;
    return origin === undefined ? [] : [{ inputId, path: source, origin }];
  });
  return {
    ...others,
    ...(inputs.length === 0 ? {} : { inputSources: inputs.map(({ source }) => source) }),
    ...(inputOrigins.length === 0 ? {} : { inputOrigins }),
  };
}

/** What a run needs until its end and its record may not hold. */
export function entrustedOf(
  prepared: Preparation,
  uploads: Pick<Uploads, 'among'>,
  wanted: Pick<WantedUrls, 'among'>,
): Entrusted {
  const secrets = secretsOf(prepared);
  const sources = prepared.inputs.map(({ source }) => source);
  const awaited = wanted.among(sources);
  return {
    ...(secrets === undefined ? {} : { secrets }),
    uploads: [...uploads.among(sources), ...awaited.map(({ id }) => id)],
    awaited,
  };
}

/** What is no `traceparent` is as if it were not there (W3C Trace Context, 3.2.2). */
const traceOf = (traceparent: string | undefined): { readonly traceparent?: string } =>
  traceparent === undefined || parseTraceparent(traceparent) === undefined ? {} : { traceparent };
