import { RunnerError } from '../../base/errors.ts';
import type { TokenStore } from '../../store/index.ts';
import type { OidcVerifier } from './oidc.ts';
import { LOCAL_PRINCIPAL, scopesUpTo, type Principal } from '../http/principal.ts';

/** `auto`: a token is asked for unless only this machine can reach the server and no token is in force. */
export type Authentication = 'auto' | 'required';

export interface AuthenticatorPorts {
  readonly tokens: TokenStore;
  readonly oidc?: OidcVerifier | undefined;
  readonly authentication: Authentication;
  /** Whether only this machine can reach the server. */
  readonly isLocal: boolean;
}

/** Says who makes a request. */
export class Authenticator {
  readonly #ports: AuthenticatorPorts;

  constructor(ports: AuthenticatorPorts) {
    this.#ports = ports;
  }

  /** Whether whoever comes without a token is the local user. Asked anew each time: a token may be made meanwhile. */
  get isOpen(): boolean {
    const { tokens, oidc, authentication, isLocal } = this.#ports;
    return isLocal && authentication === 'auto' && oidc === undefined && !tokens.any();
  }

  /**
   * The caller, by its `Authorization` header (RFC 6750). A token that is wrong is refused also where
   * none would be needed. Throws `unauthorized`, `issuer-unreachable`.
   *
   * @param isForwarded whether a proxy has passed the request on: then it may be anybody's
   */
  async principalOf(authorization: string | undefined, isForwarded: boolean): Promise<Principal> {
    if (authorization === undefined) {
      if (!this.isOpen) throw unauthorized('this server asks for a token');
      if (!isForwarded) return LOCAL_PRINCIPAL;
      throw unauthorized(
        'this server asks nobody for a token, so it does not answer what a proxy passes on',
        'Make tokens with `cyto-run token create` before others can reach it.',
      );
    }
    const [, token] = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
    if (token === undefined)
      throw unauthorized('the Authorization header is not of the form Bearer TOKEN');
    const { tokens, oidc } = this.#ports;
    const found = tokens.find(token);
    if (found !== undefined)
      return { name: found.owner, scopes: scopesUpTo(found.scope), via: `token ${found.name}` };
    if (oidc !== undefined && token.split('.').length === 3) return oidc.principalOf(token);
    throw unauthorized('the token is unknown, has expired, or was revoked');
  }
}

const unauthorized = (
  message: string,
  hint = 'Send it as `Authorization: Bearer TOKEN`; an administrator makes one with `cyto-run token create`.',
): RunnerError => new RunnerError('unauthorized', message, { hint });
