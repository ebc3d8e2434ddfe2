import { RunnerError } from '../base/errors.ts';
import type { ContainerEngine, EngineName } from '../container/index.ts';

/** Engines that are there, and how each is made. */
const ENGINES: Partial<Record<EngineName, () => Promise<ContainerEngine>>> = {
  docker: async () => (await import('../container/docker/index.ts')).dockerEngine(),
};

/** Which engine a run uses and why: the one that is asked for, else Docker. */
export function chooseEngine(asked: EngineName | undefined): {
  readonly name: EngineName;
  readonly reason: string;
} {
  if (asked === undefined) return { name: 'docker', reason: 'the default' };
  if (ENGINES[asked] === undefined)
    throw new RunnerError('usage', `the engine ${asked} is not in this version`, {
      hint: `There is ${Object.keys(ENGINES).join(', ')}.`,
    });
  return { name: asked, reason: 'as was asked for' };
}

/** The engine of that name; its client library is loaded only now. */
export async function openEngine(name: EngineName): Promise<ContainerEngine> {
  const make = ENGINES[name];
  if (make === undefined) throw new RunnerError('usage', `there is no engine ${name}`);
  return make();
}
