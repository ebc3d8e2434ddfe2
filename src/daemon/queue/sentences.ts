import { dateAt } from '../../base/clock.ts';
import { fileSize } from '../../base/file-size.ts';
import type { WaitReason } from '../../container/index.ts';
import { coresOf } from './amounts.ts';
import type { Amounts, Dimension, PoolState, Wait } from './model.ts';

/** Why a run waits, as a clause with its numbers and without its full stop. Pure. */
export function sentenceOf(wait: Wait): string {
  switch (wait.code) {
    case 'queue-room':
      return roomText(wait);
    case 'queue-held':
      return `held by ${wait.hold.by}${wait.hold.reason === undefined ? '' : `: ${wait.hold.reason}`}`;
    case 'queue-not-before':
      return `it is not to begin before ${dateAt(wait.atMs).toISOString()}`;
    case 'retry':
      return `its next attempt comes not before ${dateAt(wait.atMs).toISOString()}`;
    case 'queue-user-limit':
      return `${runs(wait.running)} of ${wait.name} run already, the limit is ${wait.limit}`;
    case 'queue-app-limit':
      return `${runs(wait.running)} of the app ${wait.name} run already, the limit is ${wait.limit}`;
    case 'queue-batch-limit':
      return `${runs(wait.running)} of batch ${wait.name} run already, it asked for ${wait.limit} at once`;
    case 'queue-server-limit':
      return `${runs(wait.running)} run on this server already, the limit is ${wait.limit}`;
    case 'queue-too-big':
      return `it can never begin here: ${tooBigText(wait)}`;
    case 'queue-no-pool':
      return `it can never begin here: this server has no ${wait.name}`;
    case 'queue-closed':
    case 'input-fetch':
    case 'image-pull':
    case 'engine-unavailable':
      return wait.why;
    default:
      return wait satisfies never;
  }
}

/** The same for who asks. */
export const reasonOf = (wait: Wait): WaitReason => ({
  code: wait.code,
  message: sentenceOf(wait),
});

type WaitOf<Code extends Wait['code']> = Extract<Wait, { readonly code: Code }>;

/** What of a pool is too little for a run even when it has the pool for itself. */
export const tooBigText = ({
  takes,
  capacity,
  short,
  pool,
}: Omit<WaitOf<'queue-too-big'>, 'code'>): string =>
  short
    .map((of) =>
      of === 'slots'
        ? `${pool.label} takes no runs`
        : `it needs ${amountText(of, takes[of])} and ${pool.label} has ${amountText(of, capacity[of])} in all`,
    )
    .join(', and ');

function roomText({ state, takes, short, aheadSame, aheadHigher }: WaitOf<'queue-room'>): string {
  const lacking = short.filter((of) => takes[of] > Math.max(0, state.free[of]));
  // Where every place is taken, more of anything else helps nobody.
  const truly = lacking.includes('slots') ? (['slots'] as const) : lacking;
  const what =
    truly.length > 0
      ? `waiting for ${listed(truly.map((of) => NAME[of]))} on ${state.pool.label}: ${truly.map((of) => shortText(of, takes, state)).join('; ')}`
      : keptText(takes, short, state);
  return [what, ...aheadText(aheadSame, aheadHigher)].join('; ');
}

const NAME: Record<Dimension, string> = {
  gpus: 'a GPU',
  memory: 'memory',
  cpus: 'CPUs',
  slots: 'a place',
};

function shortText(of: Dimension, takes: Amounts, { capacity, free }: PoolState): string {
  if (of === 'slots') return `all ${capacity.slots} are taken`;
  const left = Math.max(0, free[of]);
  return `needs ${amountText(of, takes[of])}, ${left === 0 ? 'none' : amountText(of, left)} free of ${amountText(of, capacity[of])}`;
}

/** There is room, but a run that came before needs it. */
function keptText(takes: Amounts, short: readonly Dimension[], state: PoolState): string {
  const keeper = state.keptFor.find(({ takes: kept }) => short.some((of) => kept[of] > 0));
  const of = short[0] ?? 'slots';
  const has = of === 'slots' ? 'a place is' : `${amountText(of, state.free[of])} are`;
  const wants = of === 'slots' ? '' : `, and it needs ${amountText(of, takes[of])}`;
  return `waiting on ${state.pool.label}: ${has} free${wants}, but that is kept for run ${keeper?.runId ?? 'another'}, which comes first`;
}

function aheadText(same: number, higher: number): string[] {
  const parts = [
    ...(higher === 0 ? [] : [`${runs(higher)} of higher priority`]),
    ...(same === 0 ? [] : [`${runs(same)} of the same priority`]),
  ];
  return parts.length === 0 ? [] : [`it is behind ${parts.join(' and ')}`];
}

function amountText(of: Dimension, amount: number): string {
  switch (of) {
    case 'memory':
      return fileSize(amount);
    case 'cpus':
      return `${numberText(coresOf(amount))} ${amount === 1_000 ? 'CPU' : 'CPUs'}`;
    case 'gpus':
      return `${amount} ${amount === 1 ? 'GPU' : 'GPUs'}`;
    case 'slots':
      return `${amount} ${amount === 1 ? 'place' : 'places'}`;
    default:
      return of satisfies never;
  }
}

/** At most two decimals, none where it is whole. */
const numberText = (value: number): string => String(Math.round(value * 100) / 100);

const runs = (count: number): string => `${count} ${count === 1 ? 'run' : 'runs'}`;

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
