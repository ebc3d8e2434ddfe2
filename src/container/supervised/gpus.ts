import { existsSync, readdirSync } from 'node:fs';

import type { EngineInfo } from '../engine.ts';

/** Which maker's GPU the machine's driver offers. */
export function gpuMaker(): 'nvidia' | 'amd' | undefined {
  if (existsSync('/dev/nvidiactl')) return 'nvidia';
  return existsSync('/dev/kfd') ? 'amd' : undefined;
}

/** What the driver names each GPU. */
const DEVICES = {
  nvidia: { folder: '/dev', name: /^nvidia\d+$/ },
  amd: { folder: '/dev/dri', name: /^renderD\d+$/ },
} as const;

/** Whether this machine has GPUs, and how many where that can be seen. */
export function machineGpus(): Pick<EngineInfo, 'gpus' | 'gpuCount'> {
  const maker = gpuMaker();
  if (maker === undefined) return { gpus: 'absent' };
  const { folder, name } = DEVICES[maker];
  const count = existsSync(folder)
    ? readdirSync(folder).filter((file) => name.test(file)).length
    : 0;
  return { gpus: 'available', ...(count === 0 ? {} : { gpuCount: count }) };
}
