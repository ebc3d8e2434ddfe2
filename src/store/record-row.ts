import type { SQLInputValue } from 'node:sqlite';

import { LIMITS } from '../base/limits.ts';
import { attemptOf, startedAtOf, type CreatedFacts, type RunRecord } from '../runner/index.ts';

/** Columns of `runs` that follow from the record and change with it. */
export const FOLDED_COLUMNS = [
  'state',
  'ended_at',
  'exit_code',
  'failure_code',
  'stop_cause',
  'percent',
  'attempt',
  'waiting',
  'priority',
  'held',
  'started_at',
] as const;

/** The values of `FOLDED_COLUMNS`, in their order. */
export const foldedValues = (record: RunRecord): SQLInputValue[] => [
  record.state,
  record.endedAt ?? null,
  record.exit?.exitCode ?? null,
  record.failure?.code ?? null,
  record.stopCause ?? null,
  record.progress?.percent ?? null,
  attemptOf(record),
  record.waiting?.code ?? null,
  record.queue?.priority ?? null,
  record.queue === undefined ? null : Number(record.queue.held !== undefined),
  startedAtOf(record) ?? null,
];

/** The part of a record that its `created` event does not say already, as JSON. */
export function changingPart(record: RunRecord, created: CreatedFacts): string {
  const known: Readonly<Record<string, unknown>> = { ...created };
  // Compared by identity: the fold keeps what it does not change, and a new value must not be lost.
  return JSON.stringify(
    Object.fromEntries(Object.entries(record).filter(([key, value]) => known[key] !== value)),
  );
}

/** The record from its two parts. */
export const wholeRecord = (created: CreatedFacts, changing: string): RunRecord => ({
  ...created,
  ...(JSON.parse(changing) as Omit<RunRecord, keyof CreatedFacts>),
});

/** What `runs --search` looks through: id, app, who, where and the values given, in lower case. */
export function searchText(record: RunRecord): string {
  const values = record.parameters
    .filter(({ secret }) => !secret)
    .flatMap(({ value }) => value)
    .map((value) => (typeof value === 'object' ? value.text : String(value)));
  const { name, version = '' } = record.app;
  return [record.runId, name, version, record.user, record.host, ...values]
    .join('\n')
    .toLowerCase()
    .slice(0, LIMITS.runSearchTextCharsMax);
}
