import { RunnerError } from '../base/errors.ts';
import type { ContainerEngine, EngineInfo, EnginePromise } from '../container/index.ts';
import type { ContainerFacts, EventBody, RunOptions } from './events.ts';

/** What keeps an app apart and in bounds, and when a run leans on it. */
const LEANS_ON: Partial<Record<EnginePromise, (options: RunOptions) => boolean>> = {
  user: ({ user }) => user !== 'image',
  'read-only-root': ({ readOnlyRoot }) => readOnlyRoot,
  'read-only-inputs': () => true,
  'network-off': ({ network }) => network === 'none',
  capabilities: () => true,
  memory: ({ memoryBytes }) => memoryBytes !== undefined,
  swap: ({ memoryBytes }) => memoryBytes !== undefined,
  cpus: ({ cpus }) => cpus !== undefined,
  pids: () => true,
  stop: () => true,
  init: () => true,
  'nothing-left': () => true,
};

/** The promises about isolation and limits that a run with these options leans on. Pure. */
export const promisesLeanedOn = (options: RunOptions): readonly EnginePromise[] =>
  (Object.keys(LEANS_ON) as EnginePromise[]).filter((name) => LEANS_ON[name]?.(options) === true);

export interface CheckedPromises {
  /** Of those that the run leans on. */
  readonly limitations: EngineInfo['limitations'];
  readonly warnings: readonly EventBody[];
}

/**
 * Compares what a run asks with what its engine can keep here, before anything is staged. What was
 * asked for by name and cannot be kept throws `promise-not-kept`; what is only our default is a
 * warning by name. An engine whose answer would cost something is asked for no more than it takes.
 */
export async function checkPromises(
  options: RunOptions,
  engine: Pick<ContainerEngine, 'name' | 'info' | 'limitationsOf'>,
): Promise<CheckedPromises> {
  const leanedOn = promisesLeanedOn(options);
  const all =
    engine.limitationsOf === undefined
      ? (await engine.info()).limitations
      : await engine.limitationsOf(leanedOn, options);
  const limitations = Object.fromEntries(
    leanedOn.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  ) as EngineInfo['limitations'];
  const asked = options.asked ?? [];
  const broken = asked.find((name) => limitations[name]?.kept === 'not');
  if (broken !== undefined) throw notKept(engine.name, broken, limitations);
  return { limitations, warnings: warningsOf(engine.name, asked, limitations) };
}

/** For the record: nothing where all is kept. */
export const limitationFacts = (
  limitations: EngineInfo['limitations'],
): Pick<ContainerFacts, 'limitations'> =>
  Object.keys(limitations).length === 0 ? {} : { limitations };

/** How each promise is asked for, for a message. */
const ASKED_BY: Partial<Record<EnginePromise, string>> = {
  memory: 'a memory limit (--memory)',
  cpus: 'a limit of processor time (--cpus)',
  pids: 'a limit of processes (limits.pids)',
  'network-off': 'no network (--network none)',
  'read-only-root': 'a read-only root file system (--read-only)',
  user: 'another user (--user)',
};

function notKept(
  engine: string,
  promise: EnginePromise,
  limitations: EngineInfo['limitations'],
): RunnerError {
  const { sentence = '', hint = '' } = limitations[promise] ?? {};
  return new RunnerError(
    'promise-not-kept',
    `${ASKED_BY[promise] ?? promise} was asked for, and ${engine} cannot keep it here: ${sentence}`,
    {
      hint: [hint, 'Or take another engine (--engine), or do not ask for it.']
        .filter((text) => text !== '')
        .join(' '),
      details: { engine, promise },
    },
  );
}

/** Of what is not kept at all, and of what was asked for by name and is kept in part. */
function warningsOf(
  engine: string,
  asked: readonly EnginePromise[],
  limitations: EngineInfo['limitations'],
): EventBody[] {
  return (Object.keys(limitations) as EnginePromise[]).flatMap((promise): EventBody[] => {
    const { kept, sentence = '' } = limitations[promise] ?? {};
    if (kept !== 'not' && !asked.includes(promise)) return [];
    const message = `${promise} is ${kept === 'not' ? 'not' : 'only partly'} kept by ${engine} here: ${sentence.replace(/\.$/, '')}`;
    return [{ type: 'warning', code: `not-kept-${promise}`, message }];
  });
}
