import { systemCodeOf, RunnerError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import { LIMITS } from '../base/limits.ts';
import type { ContainerEngine } from '../container/index.ts';

/**
 * An engine for runs that have had their turn: should it go away just then, it is asked again for a
 * while what may be asked twice. Who waits for a turn is told at once that it is away. What is
 * started is the engine's own to bear with.
 */
export function patientEngine(engine: ContainerEngine, clock: Clock): ContainerEngine {
  const patiently = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    const startMs = clock.monotonicMs();
    for (;;)
      try {
        return await ask();
      } catch (error) {
        if (!isAway(error) || clock.monotonicMs() - startMs > LIMITS.engineLostMs) throw error;
        await clock.sleep(LIMITS.engineRetryMs);
      }
  };
  const limitationsOf = engine.limitationsOf?.bind(engine);
  const startMany = engine.startMany?.bind(engine);
  return {
    name: engine.name,
    info: () => patiently(() => engine.info()),
    version: () => patiently(() => engine.version()),
    ...(limitationsOf && {
      limitationsOf: (promises, limits) => patiently(() => limitationsOf(promises, limits)),
    }),
    resolveImage: (request, signal) =>
      patiently(() => {
        signal.throwIfAborted();
        return engine.resolveImage(request, signal);
      }),
    buildImage: (request, signal) => engine.buildImage(request, signal),
    start: (spec, signal) => engine.start(spec, signal),
    ...(startMany && { startMany }),
    find: (name) => engine.find(name),
    list: (ownerLabel, when) => engine.list(ownerLabel, when),
  };
}

/** Not one whose socket may never be opened, and not one that hangs. */
const isAway = (error: unknown): boolean =>
  error instanceof RunnerError &&
  error.code === 'engine-unavailable' &&
  systemCodeOf(error.cause) !== undefined;
