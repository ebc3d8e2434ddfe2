import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  meaningOf,
  SLURM_STATES,
  slurmState,
  type SlurmState,
} from '../../../src/container/slurm/state-table.ts';
import { waitReason } from '../../../src/container/slurm/wait-reasons.ts';

const STATES = Object.keys(SLURM_STATES) as SlurmState[];

/** Every word of squeue(1) and sacct(1), 22.05 to 24.11. */
const DOCUMENTED = [
  ...['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'CONFIGURING', 'COMPLETING', 'DEADLINE', 'FAILED'],
  ...['NODE_FAIL', 'OUT_OF_MEMORY', 'PENDING', 'PREEMPTED', 'RUNNING', 'RESV_DEL_HOLD'],
  ...['REQUEUE_FED', 'REQUEUE_HOLD', 'REQUEUED', 'RESIZING', 'REVOKED', 'SIGNALING'],
  ...['SPECIAL_EXIT', 'STAGE_OUT', 'STOPPED', 'SUSPENDED', 'TIMEOUT', 'LAUNCH_FAILED'],
];

describe('state words', () => {
  test.each(DOCUMENTED)('%s is known, in each of its forms', (word) => {
    expect(slurmState(word)).toBe(word);
    expect(slurmState(`${word}+`)).toBe(word);
    expect(slurmState(` ${word} `)).toBe(word);
    expect(meaningOf(word as SlurmState).sentence).toMatch(/^[a-z]/);
  });

  test.each([
    ['CANCELLED by 1000', 'CANCELLED'],
    ['OUT_OF_ME+', 'OUT_OF_MEMORY'],
    ['PD', 'PENDING'],
    ['R', 'RUNNING'],
    ['CG', 'COMPLETING'],
    ['OOM', 'OUT_OF_MEMORY'],
    ['COMPLETIN', 'COMPLETING'],
    ['COMPLET', undefined],
    ['COMP', undefined],
    ['', undefined],
    ['completed', undefined],
    ['COMPLETED_NOT', undefined],
    ['Bad Gateway', undefined],
  ])('%j means %s', (text, state) => {
    expect(slurmState(text)).toBe(state);
  });

  test('a word that was cut is never taken for an end that it may not be', () => {
    for (const state of STATES)
      for (let length = 1; length < state.length; length += 1) {
        const read = slurmState(state.slice(0, length));
        if (read === undefined || read === state) continue;
        // Only where the piece is itself a word of Slurm's: a short form.
        expect(length).toBeLessThanOrEqual(3);
      }
  });

  test('nothing but its own ends is an end', () => {
    const ends = STATES.filter((state) => SLURM_STATES[state].kind === 'over');
    expect(ends.sort()).toEqual([
      ...['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'DEADLINE', 'FAILED', 'LAUNCH_FAILED'],
      ...['NODE_FAIL', 'OUT_OF_MEMORY', 'PREEMPTED', 'RECONFIG_FAIL', 'TIMEOUT'],
    ]);
  });
});

describe('reasons for waiting', () => {
  const pending = (reason: string, ahead?: number): ReturnType<typeof waitReason> =>
    waitReason({ state: 'PENDING', reason, ...(ahead === undefined ? {} : { ahead }) });

  test.each([
    ['Resources', 'slurm-resources', /not free yet/],
    ['Priority', 'slurm-priority', /higher priority/],
    ['(Priority)', 'slurm-priority', /higher priority/],
    [
      'QOSMaxGRESPerUser',
      'slurm-qos-max-gres-per-user',
      /quality of service limits GPUs.* for one user/,
    ],
    ['QOSMaxCpuPerUserLimit', 'slurm-qos-max-cpu-per-user-limit', /limits processors for one user/],
    ['QOSGrpMemLimit', 'slurm-qos-grp-mem-limit', /limits memory for all together/],
    [
      'AssocGrpCPUMinutesLimit',
      'slurm-assoc-grp-cpu-minutes-limit',
      /account limits processor time/,
    ],
    ['AssocMaxJobsLimit', 'slurm-assoc-max-jobs-limit', /your account may have/],
    ['PartitionTimeLimit', 'slurm-partition-time-limit', /more time than its partition/],
    ['JobHeldUser', 'slurm-job-held-user', /scontrol release/],
    ['Licenses', 'slurm-licenses', /licence/],
    ['None', 'slurm-pending', /not looked at it/],
    ['', 'slurm-pending', /waits in the queue/],
    [
      'ReqNodeNotAvail, UnavailableNodes:node[1-3]',
      'slurm-req-node-not-avail',
      /UnavailableNodes:node\[1-3\]/,
    ],
    ['launch failed requeued held', 'slurm-launch', /launch failed requeued held/],
    ['BrandNewReason', 'slurm-brand-new-reason', /the scheduler says "BrandNewReason"/],
  ])('%j', (reason, code, message) => {
    expect(pending(reason)).toEqual({ code, message: expect.stringMatching(message) as string });
  });

  test('the place in the queue is told where it is one', () => {
    expect(pending('Resources', 3).message).toContain(': 3 ahead');
    expect(pending('JobHeldUser', 3).message).not.toContain('ahead');
  });

  test('whatever the scheduler says, there is a code for programs and a sentence for people', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATES), fc.string(), (state, reason) => {
        const { code, message } = waitReason({ state, reason });
        expect(code).toMatch(/^slurm-[a-z0-9-]+$/);
        expect(message).toMatch(/^\S.*[^.]$/s);
      }),
    );
  });
});
