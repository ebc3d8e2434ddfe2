import type { Clock } from '../base/clock.ts';
import { LIMITS } from '../base/limits.ts';
import type { ContainerEngine, ContainerSpec, StartedContainer } from '../container/index.ts';

/** A container that was asked for and waits for others of its kind. */
interface Asked {
  readonly spec: ContainerSpec;
  readonly signal: AbortSignal;
  readonly answer: PromiseWithResolvers<StartedContainer>;
}

/**
 * The same engine, but containers that are asked for within a moment of one another, of one image,
 * with the same limits, are started with one request (a job array), where the engine can. An engine
 * that cannot is returned as it is.
 */
export function gathering(engine: ContainerEngine, clock: Clock): ContainerEngine {
  if (engine.startMany === undefined) return engine;
  const startMany = engine.startMany.bind(engine);
  const limitationsOf = engine.limitationsOf?.bind(engine);
  const groups = new Map<string, Asked[]>();

  const send = async (key: string): Promise<void> => {
    const asked = (groups.get(key) ?? []).filter(notStopped);
    groups.delete(key);
    const [only, ...others] = asked;
    if (only === undefined) return;
    try {
      if (others.length === 0) {
        only.answer.resolve(await engine.start(only.spec, only.signal));
        return;
      }
      // One that is stopped meanwhile is stopped by its own run, once it is there.
      const started = await startMany(
        asked.map(({ spec }) => spec),
        new AbortController().signal,
      );
      for (const [at, { answer }] of asked.entries()) answer.resolve(started[at] ?? missing());
    } catch (error) {
      for (const { answer } of asked) answer.reject(error);
    }
  };

  const start = (spec: ContainerSpec, signal: AbortSignal): Promise<StartedContainer> => {
    const key = JSON.stringify([
      spec.image,
      spec.entrypoint,
      spec.limits,
      spec.scheduling,
      spec.network,
    ]);
    const group = groups.get(key) ?? [];
    const answer = Promise.withResolvers<StartedContainer>();
    group.push({ spec, signal, answer });
    groups.set(key, group);
    if (group.length >= LIMITS.arrayTasksMax) void send(key);
    else if (group.length === 1)
      void clock.sleep(LIMITS.arrayGatherMs).then(() => {
        if (groups.get(key) === group) void send(key);
      });
    return answer.promise;
  };

  return {
    name: engine.name,
    info: () => engine.info(),
    ...(limitationsOf && { limitationsOf }),
    version: () => engine.version(),
    resolveImage: (request, signal) => engine.resolveImage(request, signal),
    buildImage: (request, signal) => engine.buildImage(request, signal),
    find: (name) => engine.find(name),
    list: (ownerLabel, when) => engine.list(ownerLabel, when),
    start,
    startMany,
  };
}

/** Whether it is still wanted; one that is not is told so. */
function notStopped({ signal, answer }: Asked): boolean {
  if (!signal.aborted) return true;
  answer.reject(signal.reason);
  return false;
}

function missing(): never {
  throw new TypeError('an engine started fewer containers than it was asked for, and said nothing');
}
