import { RunnerError, systemCodeOf } from '../../base/errors.ts';

interface Fault {
  readonly problem: string;
  readonly hint: string;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  EADDRINUSE: {
    problem: 'another program listens there already',
    hint: 'Stop that one (`ss -ltnp` tells which it is), or give another port with --listen HOST:PORT.',
  },
  EACCES: {
    problem: 'this user may not use that port',
    hint: 'Ports below 1024 are for root: give a higher one with --listen HOST:PORT, behind a proxy if need be.',
  },
  EADDRNOTAVAIL: {
    problem: 'it is no address of this machine',
    hint: 'Listen on 127.0.0.1, on 0.0.0.0 (all addresses), or on one that `ip address` shows.',
  },
  ENOTFOUND: {
    problem: 'nobody knows a machine of that name',
    hint: 'Listen on 127.0.0.1, on 0.0.0.0 (all addresses), or on one that `ip address` shows.',
  },
};

/** What is said where an address cannot be listened on; undefined for what is no fault of the address. */
export function addressFault(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): RunnerError | undefined {
  const fault = FAULTS[systemCodeOf(error) ?? ''];
  if (fault === undefined) return undefined;
  const shown = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new RunnerError(
    'address-unusable',
    `the server cannot listen on ${shown}: ${fault.problem}`,
    { hint: fault.hint, cause: error, details: { host, port } },
  );
}
