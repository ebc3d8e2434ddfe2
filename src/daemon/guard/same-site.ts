import { isLoopback } from './loopback.ts';

/** What of a request tells where it comes from and what it believes to talk to. */
export interface RequestOrigin {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** Of the connection itself. */
  readonly isTls: boolean;
}

export interface SiteRules {
  /** Whether only this machine can reach the server. */
  readonly isLocal: boolean;
  /** Names by which it may be called, beside those of this machine; empty: any, where others can reach it. */
  readonly hosts: readonly string[];
}

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * What forbids a request, as a sentence; undefined: nothing. A page of another site can make a
 * browser ask this server, on loopback too: so what is asked must be asked of one of its own names
 * (else a name that was made to lead here, "DNS rebinding"), and by no other site.
 */
export function siteFault(request: RequestOrigin, rules: SiteRules): string | undefined {
  const host = hostOf(request.host);
  if (host === undefined) return 'the request names no host';
  if (!isOwnName(host.name, rules))
    return `this server is not ${host.name}; it answers to ${namesOf(rules)}`;
  const { origin, fetchSite, method, isTls } = request;
  if (origin !== undefined && !isOwnOrigin(origin, host, isTls))
    return 'pages of other sites may not use this server';
  const isForeign = fetchSite === 'cross-site' || fetchSite === 'same-site';
  if (isForeign && !SAFE.includes(method)) return 'pages of other sites may not use this server';
  return undefined;
}

interface Host {
  readonly name: string;
  readonly port: string | undefined;
}

const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]/@?#\s]+)(?::(\d{1,5}))?$/i;

function hostOf(header: string | undefined): Host | undefined {
  const [, name, port] = HOST.exec(header ?? '') ?? [];
  return name === undefined ? undefined : { name: name.toLowerCase(), port };
}

function isOwnName(name: string, { isLocal, hosts }: SiteRules): boolean {
  if (hosts.some((own) => own.toLowerCase() === name)) return true;
  if (!isLocal && hosts.length === 0) return true;
  return isLoopback(name.replace(/^\[|\]$/g, ''));
}

const namesOf = ({ isLocal, hosts }: SiteRules): string =>
  [...(isLocal ? ['localhost', '127.0.0.1', '[::1]'] : []), ...hosts].join(', ');

/** Behind a proxy that speaks TLS the page has another scheme than the connection. */
function isOwnOrigin(origin: string, host: Host, isTls: boolean): boolean {
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== 'https:' && (url.protocol !== 'http:' || isTls)))
    return false;
  const standard = (port: string | undefined): boolean =>
    port === undefined || port === '' || port === '80' || port === '443';
  return (
    url.hostname === host.name &&
    (url.port === (host.port ?? '') || (standard(url.port) && standard(host.port)))
  );
}
