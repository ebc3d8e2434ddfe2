import { epochMs } from '../../base/clock.ts';

/**
 * Milliseconds for people, in at most two units: `0.05 s`, `4.2 s`, `42 s`, `1 min 5 s`, `2 h 30 min`,
 * `3 d 4 h`.
 */
export function duration(ms: number): string {
  const positive = Math.max(0, ms);
  if (positive < 995) return `${Number((positive / 1000).toFixed(2))} s`;
  if (positive < 9_950) return `${Number((positive / 1000).toFixed(1))} s`;
  const seconds = Math.round(positive / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return twoUnits(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return twoUnits(minutes, 60, 'h', 'min');
  return twoUnits(Math.round(minutes / 60), 24, 'd', 'h');
}

function twoUnits(amount: number, factor: number, large: string, small: string): string {
  const rest = amount % factor;
  return `${Math.floor(amount / factor)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** Milliseconds as a running clock: `0:05`, `12:34`, `1:02:03`. */
export function clockTime(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/**
 * How long ago: `just now`, `5 min ago`, `3 h ago`, `2 d ago`, and the date when it is more than a month.
 * @param at RFC 3339
 */
export function ago(at: string, now: Date): string {
  const ms = now.getTime() - epochMs(at);
  if (!Number.isFinite(ms)) return at;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ago`;
  if (minutes < 43_200) return `${Math.floor(minutes / 1_440)} d ago`;
  return at.slice(0, 10);
}

/** Milliseconds between two RFC 3339 times. */
export const between = (from: string, to: string): number => epochMs(to) - epochMs(from);

/** The first twelve digits of a digest, as engines show it: `sha256:0123456789ab`. */
export const shortDigest = (sha256: string): string =>
  `sha256:${sha256.replace(/^sha256:/, '').slice(0, 12)}`;
