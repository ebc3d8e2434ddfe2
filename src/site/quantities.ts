import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';

/** Bytes of each unit: decimal with a `B`, binary with an `i`, and binary alone, as `docker -m` and Slurm read it. */
const BYTES_OF: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Bytes of `4GB` (4·10⁹), `512MiB`, `2g` (2·2³⁰) or `1048576`. Throws `usage`.
 */
export function parseSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : BYTES_OF[unit.toLowerCase()];
  const bytes = factor === undefined ? NaN : Math.round(Number(number) * factor);
  if (!Number.isSafeInteger(bytes) || bytes < 1)
    throw refused(
      text,
      'a size above zero',
      'Write 4GB (4 000 000 000 bytes), 512MiB, or 2g (2 GiB, as docker does).',
    );
  return bytes;
}

const MS_OF = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const PLAIN_DURATION =
  /^(?:(?<d>\d+(?:\.\d+)?)d)? ?(?:(?<h>\d+(?:\.\d+)?)h)? ?(?:(?<m>\d+(?:\.\d+)?)m(?:in)?)? ?(?:(?<s>\d+(?:\.\d+)?)s)? ?(?:(?<ms>\d+)ms)?$/i;
/** ISO 8601 without years and months, whose length is not known. */
const ISO_DURATION =
  /^P(?:(?<d>\d+(?:\.\d+)?)D)?(?:T(?:(?<h>\d+(?:\.\d+)?)H)?(?:(?<m>\d+(?:\.\d+)?)M)?(?:(?<s>\d+(?:\.\d+)?)S)?)?$/i;

/**
 * Milliseconds of `90s`, `15m`, `2h30m`, `1d`, `500ms`, ISO 8601's `PT1H`, or a number of seconds;
 * at most a century. Throws `usage`.
 */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const seconds = /^\d+(?:\.\d+)?$/.test(trimmed) ? `${trimmed}s` : trimmed;
  const parts = (PLAIN_DURATION.exec(seconds) ?? ISO_DURATION.exec(seconds))?.groups ?? {};
  const ms = Math.round(
    Object.entries(MS_OF).reduce(
      (sum, [unit, factor]) => sum + Number(parts[unit] ?? 0) * factor,
      0,
    ),
  );
  if (ms > LIMITS.durationMsMax)
    throw refused(
      text,
      `a duration of at most ${LIMITS.durationMsMax / MS_OF.d} days`,
      'Leave it out where there is to be no limit.',
    );
  if (!(ms >= 1))
    throw refused(
      text,
      'a duration above zero',
      'Write 90s, 15m, 2h30m, 1d, PT1H, or a number of seconds.',
    );
  return ms;
}

/** Cores, a fraction of one too: `2`, `0.5`. Throws `usage`. */
export function parseCpus(text: string): number {
  const cpus = /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : NaN;
  // Engines count in thousandths of a core.
  if (!Number.isFinite(cpus) || cpus < 0.001)
    throw refused(text, 'a number of cores above zero', 'Write 2 or 0.5.');
  return cpus;
}

/** A whole number from 1. Throws `usage`. */
export function parseCount(text: string): number {
  const count = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!Number.isSafeInteger(count) || count < 1)
    throw refused(text, 'a whole number from 1', 'Write 1 or more, for example 4.');
  return count;
}

/** How many there are, or none: a whole number from 0. Throws `usage`. */
export function parseAmount(text: string): number {
  const count = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!Number.isSafeInteger(count))
    throw refused(text, 'a whole number from 0', 'Write 0 for none, or for example 4.');
  return count;
}

/** How often again: a whole number from 0. Throws `usage`. */
export function parseRetries(text: string): number {
  const count = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!(count < LIMITS.attemptsMax))
    throw refused(
      text,
      `a whole number from 0 to ${LIMITS.attemptsMax - 1}`,
      'Write 2, or 0 for never.',
    );
  return count;
}

/** How many times more: a number above 1. Throws `usage`. */
export function parseFactor(text: string): number {
  const factor = /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : NaN;
  if (!(factor > 1 && factor <= 100)) throw refused(text, 'a number above 1', 'Write 2 or 1.5.');
  return factor;
}

const refused = (text: string, rule: string, hint: string): RunnerError =>
  new RunnerError('usage', `${JSON.stringify(text)} is not ${rule}`, {
    hint,
    details: { value: text, rule },
  });
