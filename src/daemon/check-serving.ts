import { dirname } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import { writableFault, type Configuration, type SettingFault } from '../site/index.ts';
import { assertUrl } from './access/oidc.ts';
import { assertSafeListening } from './access/listening.ts';
import { readTls } from './guard/tls.ts';
import { parseUrlRules } from './url-inputs/url-rules.ts';

/** What of its settings would keep a server from starting, but for what its data folder holds. */
export function servingFaults({ values, sources }: Configuration): readonly SettingFault[] {
  const { 'serve.tls.cert': cert, 'serve.tls.key': key, 'serve.log-file': logFile } = values;
  return [
    ...faultOf(sources.has('serve.tls.cert') ? 'serve.tls.cert' : 'serve.tls.key', () =>
      readTls(cert, key),
    ),
    ...faultOf('serve.listen', () => {
      assertSafeListening({
        host: values['serve.listen'].host,
        hasTls: cert !== undefined && key !== undefined,
        plainAllowed: values['serve.plain-http'],
        // Tokens are in the data folder, and may be made yet.
        hasCallers: true,
      });
    }),
    ...faultOf('serve.urls.hosts', () => parseUrlRules(values['serve.urls.hosts'], [])),
    ...faultOf('serve.urls.networks', () => parseUrlRules([], values['serve.urls.networks'])),
    ...(['serve.oidc.issuer', 'serve.oidc.keys'] as const).flatMap((key) => {
      const url = values[key];
      return url === undefined
        ? []
        : faultOf(key, () => {
            assertUrl(url);
          });
    }),
    ...(logFile === undefined ? [] : writableFault('serve.log-file', dirname(logFile))),
  ];
}

function faultOf(key: string, check: () => unknown): readonly SettingFault[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const { message, hint } = error;
    return [{ key, message, ...(hint === undefined ? {} : { hint }) }];
  }
}
