import { RunnerError } from '../../base/errors.ts';
import type { SuggestedResources } from '../../descriptor/index.ts';
import type { RunOptions } from '../../runner/index.ts';
import { capacityOf, coresOf, shortOf, takesOf } from './amounts.ts';
import type { Amounts, Pool } from './model.ts';
import { tooBigText } from './sentences.ts';

/** A slot of a cluster; what else a run needs there its scheduler knows. */
const SLOT: Amounts = { cpus: 0, memory: 0, gpus: 0, slots: 1 };

/**
 * What a run takes of its pool: what its limits say, which it cannot exceed; without limits what its
 * descriptor suggests, at most all there is; without either the part of the machine that belongs to
 * one slot. `memoryBytes`: of the attempt to come, when it is to have more than the options say.
 */
export function takesOfRun(
  options: RunOptions,
  suggested: SuggestedResources,
  pool: Pool,
  memoryBytes = options.memoryBytes,
): Amounts {
  if (options.engine === 'slurm') return SLOT;
  const capacity = capacityOf(pool);
  const slots = Math.max(1, capacity.slots);
  return takesOf({
    cpus:
      options.cpus ??
      suggestedOr(
        suggested.cpuCores,
        coresOf(capacity.cpus),
        coresOf(Math.floor(capacity.cpus / slots)),
      ),
    memoryBytes:
      memoryBytes ??
      suggestedOr(
        suggested.ramGb === undefined ? undefined : suggested.ramGb * GB,
        capacity.memory,
        Math.floor(capacity.memory / slots),
      ),
    gpus: gpusOf(options, capacity.gpus),
  });
}

/** Boutiques has gigabytes, and means them as Slurm does. */
const GB = 2 ** 30;

/** What is not counted is not taken. */
function suggestedOr(suggested: number | undefined, most: number, otherwise: number): number {
  if (!Number.isFinite(most)) return 0;
  return suggested === undefined ? otherwise : Math.min(suggested, most);
}

function gpusOf({ gpus, gpusOptional }: RunOptions, there: number): number {
  if (gpus === undefined) return 0;
  if (typeof gpus === 'number') return gpus;
  return gpusOptional === true ? there : Math.max(1, there);
}

/** Throws `does-not-fit` for what could not begin even with the pool for itself. */
export function assertFits(takes: Amounts, pool: Pool): void {
  const capacity = capacityOf(pool);
  const short = shortOf(takes, capacity);
  if (short.length === 0) return;
  throw new RunnerError(
    'does-not-fit',
    `the run can never begin here: ${tooBigText({ pool, capacity, takes, short })}`,
    {
      hint: 'Ask for less, or choose an engine that has more, such as a cluster.',
      details: { short },
    },
  );
}
