import { isIP } from 'node:net';

import { LIMITS } from '../../base/limits.ts';
import { RunnerError } from '../../base/errors.ts';
import type { InputOrigin } from '../../runner/index.ts';
import { addressFault, parseBlock, type AddressBlock } from '../outward/index.ts';

/** What a server fetches: from where, and what of it on networks that are not public. */
export interface UrlRules {
  readonly hosts: readonly AllowedHost[];
  readonly networks: readonly AddressBlock[];
}

/** `example.org`, `*.example.org`, `https://example.org:8443`, `http://intra.example`. */
export interface AllowedHost {
  readonly protocol: 'https:' | 'http:';
  /** Lower case; of a wildcard what follows the asterisk, with its dot. */
  readonly name: string;
  readonly isWildcard: boolean;
  readonly port: string;
}

const HOST = /^(?:(https?):\/\/)?(\*\.)?([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?\/?$/i;

/** Throws `configuration-invalid` for a host or a network that is none. */
export function parseUrlRules(hosts: readonly string[], networks: readonly string[]): UrlRules {
  return { hosts: hosts.map(parseHost), networks: networks.map(parseNetwork) };
}

function parseHost(text: string): AllowedHost {
  const [, scheme = 'https', wildcard, name, port] = HOST.exec(text.trim()) ?? [];
  if (name === undefined)
    throw new RunnerError(
      'configuration-invalid',
      `${JSON.stringify(text)} is no host that inputs can be fetched from`,
      { hint: 'Write example.org, *.example.org, example.org:8443 or http://intra.example.' },
    );
  const protocol = scheme.toLowerCase() === 'http' ? 'http:' : 'https:';
  return {
    protocol,
    isWildcard: wildcard !== undefined,
    name: (wildcard === undefined ? name : `.${name}`).toLowerCase(),
    port: port ?? (protocol === 'https:' ? '443' : '80'),
  };
}

function parseNetwork(text: string): AddressBlock {
  const block = parseBlock(text.trim());
  if (block !== undefined) return block;
  throw new RunnerError('configuration-invalid', `${JSON.stringify(text)} is no network`, {
    hint: 'Write an address block such as 10.20.0.0/16 or fd00:1234::/32.',
  });
}

/** The URL, if it is one that may be fetched. Throws `url-refused`. Asks nobody. */
export function admittedUrl(text: string, { hosts, networks }: UrlRules): URL {
  const url = text.length > LIMITS.urlCharsMax ? null : URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw refused(shownUrl(url), 'is no http or https URL');
  if (url.username !== '' || url.password !== '')
    throw refused(
      shownUrl(url),
      'holds a name or a password',
      'Leave them out: they would be recorded.',
    );
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const isAllowed = hosts.some(
    (host) => host.protocol === url.protocol && host.port === port && isNamed(host, url.hostname),
  );
  if (isAllowed) return admittedAddress(url, networks);
  throw refused(
    shownUrl(url),
    hosts.length === 0
      ? 'cannot be fetched: this server fetches nothing'
      : 'is not on a host that this server fetches from',
    `Its configuration allows hosts: write ${JSON.stringify(entryFor(url))} in serve.urls.hosts (a bare host means https); or upload the file.`,
  );
}

/** What allows the host of a URL, as a configuration says it. */
const entryFor = ({ protocol, host, origin }: URL): string =>
  protocol === 'https:' ? host : origin;

/** What a name leads to is seen when it is connected to; an address in the URL itself can be told at once. */
function admittedAddress(url: URL, networks: UrlRules['networks']): URL {
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const fault = isIP(literal) === 0 ? undefined : addressFault(literal, networks);
  if (fault === undefined) return url;
  throw refused(shownUrl(url), `is not fetched: ${fault}`);
}

const isNamed = ({ name, isWildcard }: AllowedHost, host: string): boolean =>
  isWildcard ? host.endsWith(name) && host.length > name.length : host === name;

/** Without query and fragment, which may hold a signature, and without name and password. */
export const shownUrl = (url: URL | null): string =>
  url === null ? 'the text' : `${url.protocol}//${url.host}${url.pathname}`;

/** A URL as the record of a run tells it: that may be read by others, and be published. */
export const urlOrigin = (url: URL): InputOrigin => ({
  url: shownUrl(url),
  ...(url.search === '' ? {} : { queryLeftOut: true }),
});

/** The error of a URL that may not be fetched. */
export const refused = (shown: string, problem: string, hint?: string): RunnerError =>
  new RunnerError('url-refused', `${shown} ${problem}`, hint === undefined ? {} : { hint });
