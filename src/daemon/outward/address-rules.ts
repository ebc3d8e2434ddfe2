import ipaddr from 'ipaddr.js';

/** Why no connection may be made to an address, as a clause; undefined: it may. */
export type AddressRule = (address: string) => string | undefined;

/** An address block, as `10.0.0.0/8`. */
export type AddressBlock = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Public addresses at which clouds tell their own machines secrets. The others are link-local or private. */
const METADATA = ['168.63.129.16', '192.0.0.192'];

/** A block from text. Undefined: it is none. */
export function parseBlock(text: string): AddressBlock | undefined {
  try {
    return text.includes('/') ? ipaddr.parseCIDR(text) : wholeAddress(ipaddr.parse(text));
  } catch {
    return undefined;
  }
}

const wholeAddress = (address: ipaddr.IPv4 | ipaddr.IPv6): AddressBlock => [
  address,
  address.kind() === 'ipv4' ? 32 : 128,
];

/**
 * What forbids a connection to an address, as a clause; undefined: nothing. Only public unicast
 * addresses are open; everything else (loopback, private, link-local, carrier-grade NAT, multicast,
 * reserved, IPv4 in any IPv6 wrapping but the plain one) only as part of a block allowed by name.
 */
export function addressFault(text: string, allowed: readonly AddressBlock[]): string | undefined {
  if (!ipaddr.isValid(text)) return `${text} is no address`;
  // `::ffff:127.0.0.1` reaches 127.0.0.1.
  const address = ipaddr.process(text);
  if (allowed.some((block) => isIn(address, block))) return undefined;
  if (METADATA.includes(address.toString()))
    return `${text} tells machines of a cloud their secrets`;
  const range = address.range();
  return range === 'unicast' ? undefined : `${text} is a ${KINDS[range] ?? range} address`;
}

const isIn = (address: ipaddr.IPv4 | ipaddr.IPv6, [block, bits]: AddressBlock): boolean =>
  address.kind() === block.kind() && address.match(block, bits);

/** Words for ranges whose names are not. */
const KINDS: Readonly<Record<string, string>> = {
  linkLocal: 'link-local',
  uniqueLocal: 'private',
  carrierGradeNat: 'carrier-grade NAT',
  ipv4Mapped: 'mapped IPv4',
  rfc6052: 'NAT64',
  rfc6145: 'translated IPv4',
};

/** `addressFault` with blocks allowed by name, as text; those that are none allow nothing. */
export function addressRule(networks: readonly string[]): AddressRule {
  const allowed = networks.flatMap((text) => {
    const block = parseBlock(text);
    return block === undefined ? [] : [block];
  });
  return (address) => addressFault(address, allowed);
}
