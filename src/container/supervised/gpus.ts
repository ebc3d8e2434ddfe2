import { existsSync } from 'node:fs';

/** Which maker's GPU the machine's driver offers. */
export function gpuMaker(): 'nvidia' | 'amd' | undefined {
  if (existsSync('/dev/nvidiactl')) return 'nvidia';
  return existsSync('/dev/kfd') ? 'amd' : undefined;
}
