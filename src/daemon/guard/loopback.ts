import ipaddr from 'ipaddr.js';

/** Whether only this machine can reach an address or name to listen at. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
