import { RunnerError } from '../../base/errors.ts';

import { TOKEN_SCOPES, type TokenScope } from '../../store/index.ts';

/** What somebody may do: look, submit and steer what is theirs, or everything. */
export type Scope = TokenScope;

/** Who sends a request. */
export interface Principal {
  /** Stands in records as the submitter. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** How the name was proved: `local`, `token NAME`, `oidc`; empty: not at all. */
  readonly via: string;
}

/** A scope with all it includes. */
export const scopesUpTo = (scope: Scope): ReadonlySet<Scope> =>
  new Set(TOKEN_SCOPES.slice(0, TOKEN_SCOPES.indexOf(scope) + 1));

/** Whoever sends a request for which nobody is asked who they are. */
export const NOBODY: Principal = { name: '', scopes: new Set(), via: '' };

/** Who a request without a token is, where none is needed: the person at this machine. */
export const LOCAL_PRINCIPAL: Principal = {
  name: 'local',
  scopes: scopesUpTo('admin'),
  via: 'local',
};

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal;
    /** The body as it came, where it is JSON: its numbers lost nothing. */
    bodyText: string;
    /** Code of the problem that it is answered with, if it is. */
    problemCode: string;
    /** What was thrown, where the fault is not the request's: for the log alone. */
    failure: unknown;
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
