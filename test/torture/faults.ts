import type { Chance } from './chance.ts';

/** How and when a server is killed. */
export type Fault =
  | { readonly kind: 'moment'; readonly afterMs: number }
  | { readonly kind: 'point'; readonly point: string; readonly turn: number }
  | {
      readonly kind: 'request';
      readonly request: RegExp;
      readonly reaches: boolean;
      readonly turn: number;
    };

/** Where test/support/torture-server-program.ts can end: every step of a run that is written down, by the last of what is written with it. */
export const FAULT_POINTS: readonly string[] = [
  'submit',
  'take-over',
  'log',
  'log-close',
  'stop',
  ...['stage', 'pull', 'create', 'run', 'collect'].map((phase) => `append phase ${phase}`),
  'append outputs',
  ...['QUEUED', 'CANCELED', 'COMPLETE', 'EXECUTOR_ERROR'].map((state) => `append state ${state}`),
].flatMap((step) => [`${step} before`, `${step} after`]);

/** What the engine is asked, in the order of a run. */
const REQUESTS: readonly RegExp[] = [
  /^POST \/containers\/create/,
  /^POST \/containers\/\w+\/attach/,
  /^POST \/containers\/\w+\/start/,
  /^POST \/containers\/\w+\/wait/,
  /^GET \/containers\/[^/]+\/json/,
  /^GET \/containers\/\w+\/logs/,
  /^DELETE \/containers\/\w+/,
];

/** Every point in its turn, first of all once; between them moments and requests by chance. */
export function* faults(chance: Chance): Generator<Fault> {
  for (let round = 0; ; round += 1) {
    const share = round === 0 ? 0.15 : 0.8;
    for (const point of FAULT_POINTS) {
      yield { kind: 'point', point, turn: chance.between(1, 1 + (round % 4)) };
      if (chance.happens(share)) yield { kind: 'moment', afterMs: chance.between(0, 2_500) };
      if (chance.happens(share))
        yield {
          kind: 'request',
          request: chance.oneOf(REQUESTS),
          reaches: chance.happens(0.5),
          turn: chance.between(1, 3),
        };
    }
  }
}
