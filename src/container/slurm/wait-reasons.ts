import type { WaitReason } from '../engine.ts';
import { meaningOf, type SlurmState } from './state-table.ts';

/**
 * Slurm's reasons for a job that waits (squeue(1), "JOB REASON CODES"), in plain words. The
 * families with a part that is named (QOSMaxGRESPerUser …) are read by `familyReason`.
 */
const REASONS: Readonly<Record<string, string>> = {
  None: 'the scheduler has not looked at it yet',
  Priority: 'jobs of higher priority come first',
  Resources: 'it is next, but what it asks for is not free yet',
  Dependency: 'it waits for another job to end',
  DependencyNeverSatisfied: 'it waits for a job that did not end as it should, and so for ever',
  BeginTime: 'its begin time has not come',
  Licenses: 'a licence that it needs is taken',
  Reservation: 'its reservation has not begun',
  ReservationDeleted: 'its reservation was deleted',
  JobHeldUser: 'it is held by its owner (scontrol release lets it go)',
  JobHeldAdmin: 'it is held by an administrator of the cluster',
  JobHoldMaxRequeue: 'it is held because it was put back into the queue too often',
  ReqNodeNotAvail: 'a node that it needs is down, drained or reserved',
  NodeDown: 'a node that it needs is down',
  BadConstraints: 'no node of the cluster has what it asks for',
  InvalidAccount: 'its account is not known to the cluster',
  InvalidQOS: 'its quality of service is not known to the cluster',
  AccountingPolicy: "a rule of the cluster's accounting holds it back",
  PartitionDown: 'its partition is switched off',
  PartitionInactive: 'its partition takes no jobs at the moment',
  PartitionNodeLimit:
    'it asks for more nodes than its partition gives one job, or its partition is down',
  PartitionTimeLimit: 'it asks for more time than its partition gives one job',
  PartitionConfig: "it asks for what its partition's configuration does not allow",
  JobArrayTaskLimit: 'as many jobs of its array run as may run at once',
  JobLaunchFailure: 'it could not be launched, and waits to be looked at',
  launch_failed_requeued_held:
    'it could not be launched on its node, and is held (scontrol release)',
  job_requeued_in_held_state: 'it was put back into the queue and is held (scontrol release)',
  NonZeroExitCode: 'it ended with an error and was put back into the queue',
  Cleaning: 'what an earlier run of it left on the nodes is being cleaned up',
  Prolog: "the cluster's own preparation of the node runs",
  FrontEndDown: 'the front end is down',
  SystemFailure: "a part of the cluster's scheduler failed",
  NodeFail: 'it lost its node and was put back into the queue',
  BurstBufferResources: 'there is no room in the burst buffer',
  BurstBufferStageIn: 'its files are being brought into the burst buffer',
  BurstBufferOperation: 'the burst buffer is busy with it',
  BurstBufferStageOut: 'its files are being brought out of the burst buffer',
  PowerNotAvail: 'there is not enough power to start a node for it',
  PowerReserved: 'the power that it needs is reserved',
  QOSNotAllowed: 'its quality of service may not be used in its partition',
  QOSResourceLimit: 'its quality of service has reached a limit of what it may use',
  QOSJobLimit: 'as many jobs of its quality of service run as may run at once',
  QOSTimeLimit: 'it asks for more time than its quality of service gives one job',
  QOSUsageThreshold: 'its quality of service has been used too much for now',
  AssociationJobLimit: 'as many jobs of your account run as may run at once',
  AssociationResourceLimit: 'your account has reached a limit of what it may use',
  AssociationTimeLimit: 'your account has used up its time',
  AssocMaxJobsLimit: 'as many of your jobs run as your account may have at once',
  MaxMemPerLimit: 'it asks for more memory than a job may have',
  OutOfMemory: 'it ran out of memory',
  DeadLine: 'its deadline cannot be kept any more',
  MaxBBPerLimit: 'it asks for more of the burst buffer than a job may have',
  FedJobLock: 'the clusters of the federation agree on who runs it',
  InactiveLimit: 'it did nothing for too long',
  ReqNodeNotAvailFrontEnd: 'the front end that it needs is down',
  DependencyJobKilled: 'the job that it waits for was ended',
  ReconfigFail: 'its node could not be reconfigured',
  PartitionNotAvail: 'its partition cannot be used',
};

/** Who a limit belongs to, by how the reason's name begins. */
const OWNERS: readonly (readonly [RegExp, string])[] = [
  [/^(Max|Min)?QOS/i, 'its quality of service'],
  [/^Assoc(iation)?/, 'your account'],
  [/^Partition/, 'its partition'],
];

/** What a limit counts, by a part of the reason's name. */
const COUNTED: readonly (readonly [RegExp, string])[] = [
  [/gres/i, 'GPUs or other devices'],
  [/cpu(run)?min|billing(run)?min|(cpu)?raw/i, 'processor time'],
  [/cpu/i, 'processors'],
  [/mem/i, 'memory'],
  [/node/i, 'nodes'],
  [/submit/i, 'jobs in the queue'],
  [/job/i, 'jobs at once'],
  [/wall|time/i, 'time'],
  [/energy/i, 'energy'],
  [/licen[cs]e/i, 'licences'],
  [/bb|burst/i, 'the burst buffer'],
  [/billing/i, 'billed use'],
  [/account/i, 'the account'],
];

const WHOSE: readonly (readonly [RegExp, string])[] = [
  [/PerUser|PerUsr/i, ' for one user'],
  [/PerAccount|PerAcct/i, ' for one account'],
  [/PerJob/i, ' for one job'],
  [/PerNode/i, ' on one node'],
  [/^(QOS|Assoc)Grp|Grp/, ' for all together'],
];

/** The limit that a name such as `QOSMaxGRESPerUser` speaks of; `undefined` when it names none. */
function familyReason(name: string): string | undefined {
  const owner = OWNERS.find(([begins]) => begins.test(name))?.[1];
  if (owner === undefined) return undefined;
  const counted = COUNTED.find(([part]) => part.test(name.replace(/^[A-Z][a-z]*(OS)?/, '')))?.[1];
  const whose = WHOSE.find(([part]) => part.test(name))?.[1] ?? '';
  const rule = /Min(?!ute|s)/.test(name) ? 'asks for more' : 'limits';
  return counted === undefined
    ? `a rule of ${owner} holds it back`
    : rule === 'limits'
      ? `${owner} limits ${counted}${whose}, and the limit is reached`
      : `${owner} wants a job to ask for more ${counted}`;
}

/** `QOSMaxGRESPerUser` → `qos-max-gres-per-user`. */
const dashed = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/^(QOS|BB)([A-Z])/, '$1-$2')
    .replace(/([A-Z]{2,})([A-Z][a-z])/g, '$1-$2')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();

export interface Waiting {
  readonly state: SlurmState;
  /** Slurm's own word or sentence, as `squeue` shows it. */
  readonly reason: string;
  /** Jobs of its partition that come before it, where that was counted. */
  readonly ahead?: number;
}

/** Only for these does the place in the queue say when a job's turn comes. */
export const isWaitingForTurn = ({ state, reason }: Waiting): boolean =>
  state === 'PENDING' && (reason === 'Resources' || reason === 'Priority');

/**
 * Why a job waits, for programs (`slurm-resources`) and in plain words. A reason that a later
 * Slurm or a site's plugin invents still gives a sentence with its own word in it.
 */
export function waitReason(waiting: Waiting): WaitReason {
  const { state, ahead } = waiting;
  const text = waiting.reason.trim();
  const [, name = '', rest = ''] = /^\(?([A-Za-z_]+)\)?[,:]?\s*(.*)$/s.exec(text) ?? [];
  if (state !== 'PENDING') {
    const because = name === '' || name === 'None' ? '' : ` (${name})`;
    return {
      code: `slurm-${dashed(state.toLowerCase())}`,
      message: `the job ${meaningOf(state).sentence}${because}`,
    };
  }
  const known = REASONS[name] ?? familyReason(name);
  const place = ahead === undefined || !isWaitingForTurn(waiting) ? '' : `: ${ahead} ahead`;
  if (known !== undefined) {
    const detail = rest === '' ? '' : `: ${rest.replace(/[()]+$/, '').replace(/^\(/, '')}`;
    return {
      code: `slurm-${dashed(name === 'None' ? 'pending' : name)}`,
      message: `${known}${place}${detail} (${name})`,
    };
  }
  return {
    code: `slurm-${dashed(name) || 'pending'}`,
    message: text === '' ? 'the job waits in the queue' : `the scheduler says "${text}"`,
  };
}
