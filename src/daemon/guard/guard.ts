import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { AuditStore } from '../../store/index.ts';
import type { Authenticator } from '../access/authenticate.ts';
import { NOBODY } from '../http/principal.ts';
import { addAudit } from './audit.ts';
import { addHeaders } from './headers.ts';
import { InFlight } from './in-flight.ts';
import { siteFault, type SiteRules } from './same-site.ts';

/** What may be replaced while the server runs is read anew for each request. */
export interface GuardPorts {
  readonly authenticator: Authenticator;
  readonly audit: AuditStore;
  readonly site: SiteRules;
  readonly hasTls: boolean;
  /** Requests of one caller in a minute. */
  readonly rateMax: number;
  /** Requests of one caller that are being answered. */
  readonly openMax: number;
  /** Hears of failures of ours. */
  readonly report: (error: unknown) => void;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers for as long as its reader wants: counted apart. */
    stream?: boolean;
    /** Written down though it only reads. */
    audited?: boolean;
  }
}

/**
 * What stands before every route, in this order: the headers of answers; whether the request is meant
 * for this server and from no other site; who sends it; whether that is not too much. Throws into the
 * request `forbidden`, `unauthorized`, `rate-limited`.
 */
export async function addGuard(app: FastifyInstance, ports: GuardPorts): Promise<void> {
  const { hasTls } = ports;
  await addHeaders(app, hasTls);
  await app.register(rateLimit, { global: false });
  addAudit(app, ports);
  const inFlight = new InFlight();
  const rate = limiter(app, () => ports.rateMax, callerOf);
  const failures = limiter(
    app,
    () => LIMITS.authenticationFailuresMax,
    ({ ip }) => `failed ${ip}`,
  );

  app.addHook('onRequest', async (request, reply) => {
    const { headers } = request;
    request.principal = NOBODY;
    const fault = siteFault(
      {
        method: request.method,
        host: headers.host,
        origin: headers.origin,
        fetchSite: textOf(headers['sec-fetch-site']),
        isTls: hasTls,
      },
      ports.site,
    );
    if (fault !== undefined)
      throw new RunnerError('forbidden', fault, {
        hint: 'Call the server by its own name; further names are given by serve.hosts.',
      });
    const { scope, stream } = request.routeOptions.config;
    if (scope !== undefined) {
      request.principal = await ports.authenticator
        .principalOf(headers.authorization, isForwarded(request))
        .catch(async (error: unknown) => {
          // RFC 6750, section 3.
          void reply.header('www-authenticate', 'Bearer');
          // Others behind the same address, whose tokens are right, are let in all the same.
          if (headers.authorization !== undefined) await failures(request, reply);
          throw error;
        });
    }
    if (request.principal.via === 'local') return;
    await rate(request, reply);
    const place = inFlight.enter(
      `${stream === true ? 'stream ' : ''}${callerOf(request)}`,
      stream === true ? LIMITS.streamsMax : ports.openMax,
    );
    if (place === undefined) throw tooMany(reply, 1, 'has too many requests open');
    reply.raw.once('close', () => {
      place[Symbol.dispose]();
    });
  });
}

type Limiter = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Throws `rate-limited` for who has come more than `max` times within a minute. */
function limiter(
  app: FastifyInstance,
  max: () => number,
  key: (request: FastifyRequest) => string,
): Limiter {
  const count = app.createRateLimit({ max, timeWindow: 60_000, keyGenerator: key });
  return async (request, reply) => {
    const state = await count(request);
    if (!state.isAllowed && state.isExceeded)
      throw tooMany(reply, state.ttlInSeconds, `has sent more than ${max()} requests in a minute`);
  };
}

/** Whose requests count together: a name's, or of nobody we know an address's. */
const callerOf = ({ principal, ip }: FastifyRequest): string =>
  principal === NOBODY ? `at ${ip}` : `as ${principal.name}`;

const isForwarded = ({ headers }: FastifyRequest): boolean =>
  ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'via'].some((name) => name in headers);

const textOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(',') : header;

function tooMany(reply: FastifyReply, seconds: number, what: string): RunnerError {
  void reply.header('retry-after', String(Math.max(1, seconds)));
  return new RunnerError('rate-limited', `who sends this ${what}`, {
    hint: 'Wait as many seconds as Retry-After says; serve.rate and serve.open set the bounds.',
  });
}
