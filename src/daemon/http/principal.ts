import { RunnerError } from '../../base/errors.ts';

/** What somebody may do: look, submit and steer what is theirs, or everything. */
export const SCOPES = ['read', 'submit', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who sends a request. */
export interface Principal {
  /** Stands in records as the submitter. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Who a request without a token is, where none is needed: the person at this machine. */
export const LOCAL_PRINCIPAL: Principal = { name: 'local', scopes: new Set(SCOPES) };

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal;
    /** The body as it came, where it is JSON: its numbers lost nothing. */
    bodyText: string;
  }
  interface FastifyContextConfig {
    /** What the route needs; absent: nothing, not even a name. */
    scope?: Scope;
  }
}

export const isAdmin = ({ scopes }: Principal): boolean => scopes.has('admin');

/** Throws `forbidden` unless the principal has the scope; who may do everything has all. */
export function assertScope({ name, scopes }: Principal, scope: Scope): void {
  if (scopes.has(scope) || scopes.has('admin')) return;
  throw new RunnerError('forbidden', `${name} may not do this: it needs the scope ${scope}`, {
    hint: 'Ask who runs the server for a token with that scope.',
  });
}
