import { shellQuote } from '../../descriptor/index.ts';
import type { RunRecord } from '../../runner/index.ts';
import { between } from '../text/amounts.ts';
import { crateTime, known, ref, referring, uuidOf, type Entity } from './entity.ts';
import { usage } from './parameters.ts';

export interface ActionParts {
  readonly tool: Entity;
  readonly agent: Entity;
  readonly objects: readonly Entity[];
  readonly results: readonly Entity[];
  readonly image: readonly Entity[];
  readonly environment: readonly Entity[];
  readonly usages: readonly Entity[];
  readonly evidence: readonly Entity[];
}

/** The run itself (Process Run Crate 0.5, CreateAction). */
export function runAction(record: RunRecord, parts: ActionParts): Entity {
  const { runId, app, failure, endedAt, updatedAt, state } = record;
  const complete = state === 'COMPLETE';
  return {
    '@id': `urn:uuid:${uuidOf(`${record.host} ${record.createdAt} ${runId}`)}`,
    '@type': 'CreateAction',
    name: `Run ${runId} of ${app.name}`,
    description: commandOf(record),
    startTime: crateTime(startOf(record)),
    endTime: crateTime(record.exit?.finishedAt ?? endedAt ?? updatedAt),
    instrument: ref(parts.tool),
    agent: ref(parts.agent),
    ...referring('object', parts.objects),
    ...referring('result', parts.results),
    // A string: the profile's shapes refuse a reference here.
    actionStatus: `http://schema.org/${complete ? 'Completed' : 'Failed'}ActionStatus`,
    ...known({
      error: complete
        ? undefined
        : failure === undefined
          ? state
          : `${failure.code}: ${failure.message}`,
    }),
    ...referring('containerImage', parts.image),
    ...referring('environment', parts.environment),
    ...referring('resourceUsage', parts.usages),
    ...referring('subjectOf', parts.evidence),
  };
}

const startOf = ({ exit, phases, createdAt }: RunRecord): string =>
  exit?.startedAt ?? phases.find(({ phase }) => phase === 'run')?.startedAt ?? createdAt;

/** The command line, as a shell would take it; secrets were masked when it was recorded. */
function commandOf({ container, app }: RunRecord): string {
  if (container === undefined) return `${app.name} was not started`;
  return container.shellLine ?? container.argv.map(shellQuote).join(' ');
}

/** Where the kernel defines what was measured. */
const MEMORY = 'https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files';
const CPU = 'https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files';
const WALL_TIME = 'https://schema.org/duration';

/** What the run used, as far as it was measured. */
export function usages({ exit, phases }: RunRecord): Entity[] {
  const run = phases.find(({ phase }) => phase === 'run');
  const seconds =
    run?.endedAt === undefined ? undefined : between(run.startedAt, run.endedAt) / 1000;
  return [
    ...usage({
      name: 'peak memory',
      value: exit?.peakMemoryBytes,
      propertyId: MEMORY,
      unit: 'BYTE',
    }),
    ...usage({ name: 'CPU time', value: exit?.cpuSeconds, propertyId: CPU, unit: 'SEC' }),
    ...usage({ name: 'wall time', value: seconds, propertyId: WALL_TIME, unit: 'SEC' }),
  ];
}
