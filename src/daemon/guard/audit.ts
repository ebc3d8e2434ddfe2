import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { LIMITS } from '../../base/limits.ts';
import type { AuditStore } from '../../store/index.ts';
import { NOBODY } from '../http/principal.ts';

export interface AuditPorts {
  readonly audit: AuditStore;
  readonly report: (error: unknown) => void;
}

const READS = ['GET', 'HEAD', 'OPTIONS'];
const REFUSED = [401, 403];

/**
 * Writes down, before it is answered, what changes something, what looks at other people's doings, and
 * what is refused to somebody. That it cannot be written (a full disk) does not undo what was done.
 */
export function addAudit(app: FastifyInstance, { audit, report }: AuditPorts): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (isAudited(request, reply))
      try {
        audit.add(entryOf(request, reply));
      } catch (error) {
        report(error);
      }
    done();
  });
}

function isAudited(request: FastifyRequest, { statusCode }: FastifyReply): boolean {
  // Whoever is told to slow down is not to fill the log.
  if (statusCode === 429) return false;
  if (REFUSED.includes(statusCode) || request.routeOptions.config.audited === true) return true;
  // What is not there was not done.
  return !READS.includes(request.method) && request.routeOptions.url !== undefined;
}

function entryOf(request: FastifyRequest, reply: FastifyReply): Parameters<AuditStore['add']>[0] {
  const { principal, method, ip, id, url, routeOptions, problemCode } = request;
  const made = reply.getHeader('location');
  return {
    ...(principal === NOBODY ? {} : { who: principal.name, via: principal.via }),
    from: ip,
    action: `${method} ${routeOptions.url ?? 'nothing'}`,
    target: (typeof made === 'string' ? made : (url.split('?')[0] ?? '')).slice(
      0,
      LIMITS.auditTargetCharsMax,
    ),
    status: reply.statusCode,
    ...(problemCode === '' ? {} : { code: problemCode }),
    requestId: id,
  };
}
