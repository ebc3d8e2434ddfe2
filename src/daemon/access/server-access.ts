import type { Clock } from '../../base/clock.ts';
import type { Configuration } from '../../site/index.ts';
import type { RunStore } from '../../store/index.ts';
import type { GuardPorts } from '../guard/guard.ts';
import { isLoopback } from '../guard/loopback.ts';
import { readTls, type TlsFiles, type TlsPaths } from '../guard/tls.ts';
import type { RunningSettings } from '../settings/running-settings.ts';
import { parseUrlRules, type UrlRules } from '../url-inputs/url-rules.ts';
import { Authenticator } from './authenticate.ts';
import { assertSafeListening } from './listening.ts';
import { OidcVerifier } from './oidc.ts';

interface AccessPorts {
  readonly store: RunStore;
  readonly settings: RunningSettings;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/**
 * Who may use a server, by its settings, also by those that come later. Throws `configuration-invalid`
 * where that would let others do what is not theirs to do.
 */
export function serverAccess({ store, settings, clock, report }: AccessPorts): {
  readonly guard: GuardPorts;
  readonly tls: TlsFiles | undefined;
  readonly urls: UrlRules;
} {
  const { host } = settings.values['serve.listen'];
  const { tokens, audit } = store.server;
  const tls = tlsOf(settings.current);
  const oidc = settings.derived((configuration) => oidcOf(configuration, clock));
  const isLocal = isLoopback(host);
  assertSafeListening({
    host,
    hasTls: tls !== undefined,
    plainAllowed: settings.values['serve.plain-http'],
    hasCallers: oidc() !== undefined || tokens.any(),
  });
  const authenticator = settings.derived(
    ({ values: { 'serve.authentication': authentication } }) =>
      new Authenticator({ tokens, oidc: oidc(), authentication, isLocal }),
  );
  return {
    tls,
    urls: urlRules(settings),
    guard: {
      get authenticator() {
        return authenticator();
      },
      audit,
      get site() {
        return { isLocal, hosts: settings.values['serve.hosts'] };
      },
      hasTls: tls !== undefined,
      get rateMax() {
        return settings.values['serve.rate'];
      },
      get openMax() {
        return settings.values['serve.open'];
      },
      report,
    },
  };
}

function urlRules(settings: RunningSettings): UrlRules {
  const rules = settings.derived(({ values }) =>
    parseUrlRules(values['serve.urls.hosts'], values['serve.urls.networks']),
  );
  return {
    get hosts() {
      return rules().hosts;
    },
    get networks() {
      return rules().networks;
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
