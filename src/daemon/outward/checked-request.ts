import { lookup as resolveName } from 'node:dns';
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

import type { AddressRule } from './address-rules.ts';

/** How a name becomes addresses. */
export type ResolveName = typeof resolveName;

export interface ConnectionRules {
  readonly rule: AddressRule;
  /** The error for an address that may not be asked; `fault` is a clause. */
  readonly refuse: (fault: string) => Error;
  readonly resolve?: ResolveName | undefined;
}

/**
 * A request to another machine that is allowed by address. The rule is asked for the very addresses
 * that the connection is made to: a name cannot change in between. Throws what `refuse` makes for an
 * address in the URL itself; the request's error is that for one that a name leads to.
 */
export function checkedRequest(
  url: URL,
  options: Omit<RequestOptions, 'agent' | 'lookup'>,
  rules: ConnectionRules,
): ClientRequest {
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  // An address is not looked up, so the check of look-ups would not see it.
  const fault = isIP(literal) === 0 ? undefined : rules.rule(literal);
  if (fault !== undefined) throw rules.refuse(fault);
  const isTls = url.protocol === 'https:';
  return (isTls ? httpsRequest : httpRequest)(url, {
    ...options,
    // One of its own: a connection kept open would be one that was checked long ago, by another rule.
    agent: isTls ? new HttpsAgent() : new HttpAgent(),
    lookup: checkedLookup(rules),
  });
}

function checkedLookup({ rule, refuse, resolve = resolveName }: ConnectionRules): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = error === null ? addresses : [];
      if (first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), '', 4);
        return;
      }
      // One bad answer refuses all: whoever gives it is not to be trusted with the others.
      const fault = addresses.map(({ address }) => rule(address)).find((one) => one !== undefined);
      if (fault !== undefined) callback(refuse(fault), '', 4);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
