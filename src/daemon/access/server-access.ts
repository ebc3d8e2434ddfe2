import type { Clock } from '../../base/clock.ts';
import type { Configuration } from '../../site/index.ts';
import type { RunStore } from '../../store/index.ts';
import type { GuardPorts } from '../guard/guard.ts';
import { isLoopback } from '../guard/loopback.ts';
import { readTls, type TlsFiles, type TlsPaths } from '../guard/tls.ts';
import { parseUrlRules, type UrlRules } from '../url-inputs/url-rules.ts';
import { Authenticator } from './authenticate.ts';
import { assertSafeListening } from './listening.ts';
import { OidcVerifier } from './oidc.ts';

interface AccessPorts {
  readonly store: RunStore;
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/**
 * Who may use a server, by its configuration. Throws `configuration-invalid` where that would let
 * others do what is not theirs to do.
 */
export function serverAccess({ store, configuration, clock, report }: AccessPorts): {
  readonly guard: GuardPorts;
  readonly tls: TlsFiles | undefined;
  readonly urls: UrlRules;
} {
  const { values } = configuration;
  const { host } = values['serve.listen'];
  const { tokens, audit } = store.server;
  const tls = tlsOf(configuration);
  const oidc = oidcOf(configuration, clock);
  const isLocal = isLoopback(host);
  assertSafeListening({
    host,
    hasTls: tls !== undefined,
    plainAllowed: values['serve.plain-http'],
    hasCallers: oidc !== undefined || tokens.any(),
  });
  const authentication = values['serve.authentication'];
  return {
    tls,
    urls: parseUrlRules(values['serve.urls.hosts'], values['serve.urls.networks']),
    guard: {
      authenticator: new Authenticator({ tokens, oidc, authentication, isLocal }),
      audit,
      site: { isLocal, hosts: values['serve.hosts'] },
      hasTls: tls !== undefined,
      rateMax: values['serve.rate'],
      openMax: values['serve.open'],
      report,
    },
  };
}

/** Where the certificate and key of the configuration are. */
export const tlsPathsOf = ({ values }: Configuration): TlsPaths => ({
  cert: values['serve.tls.cert'],
  key: values['serve.tls.key'],
});

/** As they are now. */
function tlsOf(configuration: Configuration): TlsFiles | undefined {
  const { cert, key } = tlsPathsOf(configuration);
  return readTls(cert, key);
}

function oidcOf({ values }: Configuration, clock: Clock): OidcVerifier | undefined {
  const issuer = values['serve.oidc.issuer'];
  if (issuer === undefined) return undefined;
  return new OidcVerifier(
    {
      issuer,
      audience: values['serve.oidc.audience'],
      jwksUrl: values['serve.oidc.keys'],
      nameClaim: values['serve.oidc.name-claim'],
      scopeClaim: values['serve.oidc.scope-claim'],
      scopes: {
        read: values['serve.oidc.read'],
        submit: values['serve.oidc.submit'],
        admin: values['serve.oidc.admin'],
      },
    },
    { clock },
  );
}
