import { LIMITS } from '../../base/limits.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, list, object, ref, text, time, type Schema } from '../http/schemas.ts';
import type { Routes } from './route.ts';

export const AUDIT_SCHEMAS: readonly Schema[] = [
  {
    $id: 'AuditEntry',
    description: 'One thing that somebody did, or was refused.',
    ...object(
      {
        seq: count('Position in the log; later entries have higher ones.'),
        at: time('When.'),
        who: text('The name the server knows; absent: nobody it knows.'),
        via: text('How they proved it: local, token NAME, oidc; signal: by one to the server.'),
        from: text('Address of the connection; localhost of a signal.'),
        action: text('Method and route; reload: the configuration was read again.'),
        target: text('What it was done to: its path; of a reload the settings that are new.'),
        status: count('The HTTP status of the answer.'),
        code: text('Code of the failure, if it failed.'),
        requestId: text('As in the server’s log.'),
      },
      ['seq', 'at', 'from', 'action', 'target', 'status'],
    ),
  },
  {
    $id: 'AuditPage',
    description: 'Some entries, newest first.',
    ...object(
      {
        entries: list(ref('AuditEntry')),
        nextCursor: text('Send it as `cursor` for what was before.'),
      },
      ['entries'],
    ),
  },
];

interface AuditRequest {
  readonly Querystring: {
    readonly limit: number;
    readonly cursor?: number;
    readonly who?: string;
  };
}

/** Who did what. */
export const auditRoutes: Routes = (app, { store }) => {
  app.get<AuditRequest>(
    '/audit',
    {
      config: { scope: 'admin', audited: true },
      schema: {
        summary: 'Who did what, newest first',
        tags: ['administration'],
        querystring: {
          type: 'object',
          properties: {
            limit: { type: 'integer', minimum: 1, maximum: LIMITS.auditPageMax, default: 100 },
            cursor: count('Only what was before: `nextCursor` of the page before.'),
            who: text('Only what this one did.'),
          },
          additionalProperties: false,
        },
        response: { 200: { description: 'One page.', ...ref('AuditPage') }, ...PROBLEMS },
      },
    },
    ({ query: { limit, cursor, who } }) => {
      const entries = store.server.audit.list({
        limit,
        ...(cursor === undefined ? {} : { before: cursor }),
        ...(who === undefined ? {} : { who }),
      });
      const last = entries.length === limit ? entries.at(-1) : undefined;
      return { entries, ...(last === undefined ? {} : { nextCursor: String(last.seq) }) };
    },
  );
};
