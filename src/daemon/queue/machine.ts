import type { EngineInfo } from '../../container/index.ts';
import { engineFor, type Configuration, type Engines } from '../../site/index.ts';
import type { Machine } from './pools.ts';

/**
 * What runs are begun on, as the engine of this installation says; by the machine itself where that is a
 * cluster or does not answer.
 */
export async function machineOf(
  configuration: Configuration,
  engines: Pick<Engines, 'open'>,
): Promise<Machine> {
  const here = await (await engines.open('process')).info();
  const said = (await engineInfo(configuration, engines)) ?? here;
  const { cpus, memoryBytes, gpus, gpuCount = here.gpuCount ?? 1 } = said;
  return { cpus, memoryBytes, gpus: gpus === 'absent' ? 0 : gpuCount };
}

async function engineInfo(
  configuration: Configuration,
  engines: Pick<Engines, 'open'>,
): Promise<EngineInfo | undefined> {
  try {
    const { name } = engineFor(configuration, process.env);
    return name === 'slurm' ? undefined : await (await engines.open(name)).info();
  } catch {
    // Its runs say so themselves.
    return undefined;
  }
}
