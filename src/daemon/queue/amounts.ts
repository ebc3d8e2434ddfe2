import { DIMENSIONS, type Amounts, type Dimension, type Pool } from './model.ts';

/** Thousandths of a core: small enough for any share, whole, so that no sum loses anything. */
const CPU_PARTS = 1_000;
/** What a multiplication by `CPU_PARTS` may be off, against a need of 1.1 that becomes 1101. */
const ROUNDING = 1e-6;

/** What a run needs. */
export interface Needs {
  /** Cores, may be a fraction. */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
}

/** What a run takes of its pool: what it needs, and a slot. */
export const takesOf = ({ cpus, memoryBytes, gpus }: Needs): Amounts => ({
  cpus: Math.ceil(cpus * CPU_PARTS - ROUNDING),
  memory: Math.ceil(memoryBytes),
  gpus: Math.ceil(gpus),
  slots: 1,
});

/** What a pool has in all. */
export const capacityOf = ({ cpus, memoryBytes, gpus, slots }: Pool): Amounts => ({
  cpus: cpus === undefined ? Infinity : Math.floor(cpus * CPU_PARTS + ROUNDING),
  memory: Math.floor(memoryBytes ?? Infinity),
  gpus: Math.floor(gpus ?? Infinity),
  slots: Math.floor(slots),
});

/** Cores, from their thousandths. */
export const coresOf = (parts: number): number => parts / CPU_PARTS;

export const minus = (amounts: Amounts, taken: Amounts): Amounts => ({
  cpus: amounts.cpus - taken.cpus,
  memory: amounts.memory - taken.memory,
  gpus: amounts.gpus - taken.gpus,
  slots: amounts.slots - taken.slots,
});

/** Of what there is too little. A run that takes nothing of something is never short of it. */
export function shortOf(takes: Amounts, free: Amounts): readonly Dimension[] {
  const at =
    (takes.gpus > Math.max(0, free.gpus) ? 1 : 0) +
    (takes.memory > Math.max(0, free.memory) ? 2 : 0) +
    (takes.cpus > Math.max(0, free.cpus) ? 4 : 0) +
    (takes.slots > Math.max(0, free.slots) ? 8 : 0);
  return SHORT[at] ?? DIMENSIONS;
}

/** Every answer of `shortOf`, made once: it is asked for each of ten thousand runs. */
const SHORT: readonly (readonly Dimension[])[] = Array.from({ length: 16 }, (_, bits) =>
  DIMENSIONS.filter((_dimension, at) => (bits & (1 << at)) !== 0),
);

/**
 * The largest part of any of a pool's amounts that a run takes (its dominant share), in millionths,
 * whole and at least 1.
 */
export function shareOf(takes: Amounts, capacity: Amounts): number {
  const part = Math.max(
    partOf(takes.gpus, capacity.gpus),
    partOf(takes.memory, capacity.memory),
    partOf(takes.cpus, capacity.cpus),
    partOf(takes.slots, capacity.slots),
  );
  return Math.max(1, Math.round(Math.min(1, part) * 1_000_000));
}

const partOf = (taken: number, capacity: number): number => (taken === 0 ? 0 : taken / capacity);

/** Which of a pool's runs a lane holds: those of one submitter. */
export const laneKey = (pool: string, submitter: string): string => `${pool}\n${submitter}`;
