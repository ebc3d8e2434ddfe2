import {
  ENGINE_NAMES,
  ENGINE_PROMISES,
  type EnginePromise,
  type Limitation,
} from '../../../src/container/index.ts';
import { engineOfTitle, promiseOfTitle } from './titles.ts';

/** A test as its run ended, with the titles of the suites around it, outermost first. */
export interface EndedTest {
  readonly suites: readonly string[];
  readonly state: string;
}

/** What the tests of one promise showed. */
export type Verdict = 'kept' | 'partly' | 'not' | 'failed' | 'untested';

export interface Shown {
  readonly verdict: Verdict;
  /** Of what is not kept, or only partly. */
  readonly limitation?: Limitation;
}

/** What was shown of one engine. */
export interface EngineResults {
  readonly engine: string;
  /** Why none of it was tested. */
  readonly absent?: string;
  readonly promises: Readonly<Record<EnginePromise, Shown>>;
}

export const PROMISES = Object.keys(ENGINE_PROMISES) as EnginePromise[];

/** What the tests of the contract showed of each engine, in the order of `ENGINE_NAMES`. Pure. */
export function engineResults(tests: readonly EndedTest[]): EngineResults[] {
  return ENGINE_NAMES.flatMap((engine) => {
    const own = tests.flatMap((test) => {
      const titled = test.suites.map(engineOfTitle).find((title) => title?.engine === engine);
      return titled === undefined ? [] : [{ ...test, skipped: titled.skipped }];
    });
    if (own.length === 0) return [];
    const absent = own.find(({ skipped }) => skipped !== undefined)?.skipped;
    const promises = Object.fromEntries(
      PROMISES.map((promise) => [promise, shownOf(promise, own)]),
    ) as Record<EnginePromise, Shown>;
    return [{ engine, ...(absent === undefined ? {} : { absent }), promises }];
  });
}

function shownOf(promise: EnginePromise, tests: readonly EndedTest[]): Shown {
  const own = tests.flatMap(({ suites, state }) => {
    const titled = suites.map(promiseOfTitle).find((title) => title?.promise === promise);
    return titled === undefined ? [] : [{ state, limitation: titled.limitation }];
  });
  const limitation = own.find((test) => test.limitation !== undefined)?.limitation;
  const declared = limitation === undefined ? {} : { limitation };
  if (own.some(({ state }) => state === 'failed')) return { verdict: 'failed', ...declared };
  if (!own.some(({ state }) => state === 'passed')) return { verdict: 'untested', ...declared };
  return { verdict: limitation?.kept ?? 'kept', ...declared };
}

const WORDS: Readonly<Record<Verdict, string>> = {
  kept: 'kept',
  partly: 'partly',
  not: 'not',
  failed: 'FAILED',
  untested: '–',
};

/** The table engine × promise as lines of text: what is kept, and what is not, why. Pure. */
export function textTable(results: readonly EngineResults[]): string[] {
  if (results.length === 0) return [];
  const width = Math.max(...PROMISES.map((promise) => promise.length));
  const columns = results.map(({ engine }) => engine.padEnd(10));
  const absent = results.flatMap(({ engine, absent: why }) =>
    why === undefined ? [] : [`  ${engine} was not tested: ${why}`],
  );
  return [
    'What each engine keeps here of what is promised, as the tests showed:',
    `  ${' '.repeat(width)}  ${columns.join('')}`.trimEnd(),
    ...PROMISES.map((promise) =>
      `  ${promise.padEnd(width)}  ${results
        .map(({ promises }) => WORDS[promises[promise].verdict].padEnd(10))
        .join('')}`.trimEnd(),
    ),
    ...absent,
    ...results.flatMap(({ engine, promises }) =>
      PROMISES.flatMap((promise) => {
        const { limitation } = promises[promise];
        return limitation === undefined
          ? []
          : [`  ${engine}, ${promise} (${limitation.kept}): ${limitation.sentence}`];
      }),
    ),
  ];
}

/** Text in which Markdown sees no emphasis. */
const escaped = (text: string): string => text.replaceAll(/[*_]/g, String.raw`\$&`);

/** The same as a page's part in Markdown. Pure. */
export function markdownTable(results: readonly EngineResults[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const limited = results.map(({ engine, promises }) => {
    const items = PROMISES.flatMap((promise) => {
      const { limitation } = promises[promise];
      return limitation === undefined
        ? []
        : [`- \`${promise}\`, ${limitation.kept} kept: ${escaped(limitation.sentence)}`];
    });
    return items.length === 0 ? '' : `### ${engine}\n\n${items.join('\n')}\n`;
  });
  return [
    row(['Promise', 'What it says', ...results.map(({ engine }) => engine)]),
    row(['---', '---', ...results.map(() => '---')]),
    ...PROMISES.map((promise) =>
      row([
        `\`${promise}\``,
        ENGINE_PROMISES[promise],
        ...results.map(({ promises }) => WORDS[promises[promise].verdict]),
      ]),
    ),
    '',
    ...limited.filter((text) => text !== ''),
  ].join('\n');
}
