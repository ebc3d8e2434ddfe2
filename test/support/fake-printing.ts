import type { FakeJob, Seen } from './fake-job.ts';

/** squeue's fields by their letters (squeue(1), --format). */
export type Fields = Readonly<Record<string, string>>;

export const jobRow = (job: FakeJob, seen: Seen | undefined): Fields => ({
  i: job.id,
  j: job.jobName,
  T: seen?.state ?? 'PENDING',
  N: seen?.node ?? '',
  r: seen?.reason ?? 'None',
  Q: '1000',
  P: 'main',
});

/** A line of squeue's in that format. */
export const printed = (format: string, fields: Fields): string =>
  format.replaceAll(/%(\w)/g, (_, letter: string) => fields[letter] ?? '');
