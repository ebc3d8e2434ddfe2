import swagger from '@fastify/swagger';
import { fastify, type FastifyInstance } from 'fastify';

import type { Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { addGuard, type GuardPorts } from '../guard/guard.ts';
import type { TlsFiles } from '../guard/tls.ts';
import { boundConnections, type ConnectionBound } from './connections.ts';
import { assertScope, type Principal } from './principal.ts';
import { jsonFault } from './json-bounds.ts';
import { sendProblem } from './problem.ts';
import { publishedSchemas, ref, SHARED_SCHEMAS } from './schemas.ts';
import { requestChecks } from './request-checks.ts';
import { endSilentBodies, serverTimes, type RequestTimes } from './request-times.ts';
import { UnreadRequests } from './unread-requests.ts';

/** The API's root; other roots stay free for the protocols of platforms. */
export const API_ROOT = '/runner/v1';

export interface HttpPorts {
  readonly version: string;
  readonly guard: GuardPorts;
  readonly tls: TlsFiles | undefined;
  readonly clock: Clock;
  readonly times: RequestTimes;
  readonly connections: ConnectionBound;
}

/**
 * An HTTP server without routes: requests are checked against the very schemas that describe them,
 * failures are problems (RFC 9457), and `/openapi.json` describes all of it.
 */
export async function httpServer({
  version,
  guard,
  tls,
  clock,
  times,
  connections,
}: HttpPorts): Promise<FastifyInstance> {
  const unread = new UnreadRequests(clock);
  const app = fastify({
    // The type knows plain HTTP or TLS, each with options of its own.
    ...((tls === undefined
      ? { http: serverTimes(times) }
      : { https: { ...tls, ...serverTimes(times) } }) as object),
    clientErrorHandler: unread.refuseConnection,
    frameworkErrors: unread.refuseAddress,
    keepAliveTimeout: LIMITS.connectionIdleMs,
    requestTimeout: LIMITS.requestMs,
    bodyLimit: LIMITS.requestBytesMax,
    routerOptions: { maxParamLength: LIMITS.urlPartCharsMax },
    genReqId: () => crypto.randomUUID(),
    schemaController: {
      compilersFactory: {
        buildValidator: requestChecks,
        // What is answered is checked against its schema in the tests; here it is only written down.
        buildSerializer: () => () => (data) => JSON.stringify(data),
      },
    },
  });
  for (const schema of [...publishedSchemas(), ...SHARED_SCHEMAS]) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'cyto-run',
        version,
        description: 'Runs apps from their descriptors: submit, follow, steer, collect.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, at) =>
        typeof $id === 'string' ? $id : `def-${at}`,
    },
  });
  // A decorator must not share an object between requests; the guard says who each is of.
  app.decorateRequest('principal', null as unknown as Principal);
  app.decorateRequest('problemCode', '');
  app.decorateRequest('failure', undefined);
  app.decorateRequest('bodyText', '');
  keepBodyText(app);
  boundConnections(app, connections, clock);
  unread.watch(app);
  endSilentBodies(app, times);
  await addGuard(app, guard);
  app.addHook('onRequest', (request, _reply, done) => {
    const { scope } = request.routeOptions.config;
    if (scope !== undefined) assertScope(request.principal, scope);
    done();
  });
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => {
    const what = `${request.method} ${request.url.split('?')[0] ?? ''}`;
    const error = new RunnerError('not-found', `there is nothing at ${what}`, {
      hint: 'See /openapi.json for what there is.',
    });
    sendProblem(error, request, reply);
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  return app;
}

/** Failures that any route may answer with. */
export const PROBLEMS = {
  '4XX': { description: 'It was not done: what the request or the world lacks.', ...problem() },
  '5XX': { description: 'The server or what it needs failed.', ...problem() },
};

function problem(): Readonly<Record<string, unknown>> {
  return { content: { 'application/problem+json': { schema: ref('Problem') } } };
}

/** JSON bodies with their text: its numbers keep all their digits there. */
function keepBodyText(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = textOf(body as Buffer);
    const fault = text === undefined ? NO_TEXT() : jsonFault(text);
    if (text === undefined || fault !== undefined) {
      done(fault ?? null, undefined);
      return;
    }
    request.bodyText = text;
    void parse(request, text, done);
  });
}

const NO_TEXT = (): RunnerError => new RunnerError('request-invalid', 'the body is not UTF-8');

/** Undefined for what is no text: to replace bytes would be to run something else than was sent. */
function textOf(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}
