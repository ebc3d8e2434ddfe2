import { RunnerError } from '../../base/errors.ts';
import { isLoopback } from '../guard/loopback.ts';

export interface Listening {
  /** Address or name that the server listens at. */
  readonly host: string;
  readonly hasTls: boolean;
  /** Something before the server speaks TLS for it. */
  readonly plainAllowed: boolean;
  /** Whether there is anybody that it could tell from others. */
  readonly hasCallers: boolean;
}

/** Refuses an address at which others could do what is not theirs to do. Throws `configuration-invalid`. */
export function assertSafeListening({ host, hasTls, plainAllowed, hasCallers }: Listening): void {
  if (isLoopback(host)) return;
  if (!hasCallers)
    throw new RunnerError(
      'configuration-invalid',
      `others can reach ${host}, and there is no token, so anybody could run anything here`,
      {
        hint: 'Make one with `cyto-run token create NAME --scope admin`, configure an OIDC issuer, or listen on 127.0.0.1.',
      },
    );
  if (hasTls || plainAllowed) return;
  throw new RunnerError(
    'configuration-invalid',
    `others can reach ${host}, and without TLS their tokens could be read on the way`,
    {
      hint: 'Give a certificate and its key, or say that a proxy before the server speaks TLS (plain-http: true).',
    },
  );
}
