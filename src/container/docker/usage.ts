import { addAbortSignal, type Readable } from 'node:stream';

import type Dockerode from 'dockerode';

import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ExitStatus } from '../engine.ts';
import { jsonLines } from './json-lines.ts';

export type Usage = Pick<ExitStatus, 'peakMemoryBytes' | 'cpuSeconds'>;

/** What we read of one statistics sample. */
interface Sample {
  readonly memory_stats?: {
    readonly usage?: number;
    /** `inactive_file` with control groups v2, `total_inactive_file` with v1: reclaimable cache. */
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
}

/**
 * Watches a container's memory and processor time through the engine's statistics, one sample a
 * second, until `ended` fires. Memory is counted as `docker stats` does, without reclaimable cache;
 * processor time is that of the last sample. Nothing is known of a run shorter than
 * `LIMITS.usageAfterMs`, and none of those pays for it. Never throws: a run does not fail for want of statistics.
 */
export async function sampleUsage(
  container: Dockerode.Container,
  clock: Clock,
  ended: AbortSignal,
): Promise<Usage> {
  await clock.sleep(LIMITS.usageAfterMs, ended);
  let usage: Usage = {};
  if (ended.aborted) return usage;
  try {
    const stream = (await container.stats({ stream: true })) as unknown as Readable;
    addAbortSignal(ended, stream);
    for await (const sample of jsonLines(stream)) usage = withSample(usage, sample as Sample);
  } catch {
    // Destroyed by us, or the engine keeps no statistics: what was seen so far stands.
  }
  return usage;
}

/** The usage after one more sample. A sample of an ended container is empty and changes nothing. */
export function withSample(usage: Usage, sample: Sample): Usage {
  const memory = sample.memory_stats;
  const cache = memory?.stats?.['inactive_file'] ?? memory?.stats?.['total_inactive_file'] ?? 0;
  const inUse = Math.max((memory?.usage ?? 0) - cache, 0);
  const peakMemoryBytes = Math.max(usage.peakMemoryBytes ?? 0, inUse);
  const cpuSeconds = Math.max(
    usage.cpuSeconds ?? 0,
    (sample.cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e9,
  );
  return {
    ...(peakMemoryBytes > 0 ? { peakMemoryBytes } : {}),
    ...(cpuSeconds > 0 ? { cpuSeconds } : {}),
  };
}
