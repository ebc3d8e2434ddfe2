import type {
  ExitFacts,
  Failure,
  ImageFacts,
  RunPhase,
  RunRecord,
  RunState,
} from '../../runner/index.ts';

/** What a new record tells that the one before did not. */
export type Change =
  | { readonly type: 'created'; readonly app: string; readonly version?: string }
  | { readonly type: 'state'; readonly state: RunState }
  | { readonly type: 'phase'; readonly phase: RunPhase }
  | { readonly type: 'waiting'; readonly code: string; readonly message: string }
  | ({ readonly type: 'attempt-failed'; readonly attempt: number } & Failure)
  | ({ readonly type: 'image' } & Pick<ImageFacts, 'reference' | 'id' | 'digest' | 'pulled'>)
  | { readonly type: 'progress'; readonly percent: number; readonly message?: string }
  | ({ readonly type: 'exit' } & Pick<ExitFacts, 'exitCode' | 'outOfMemory' | 'neverRan'>)
  | { readonly type: 'outputs'; readonly count: number; readonly partial: boolean }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | ({ readonly type: 'failure' } & Failure);

/** The differences between two records of one run, in the order in which they matter. Pure. */
export function changesBetween(before: RunRecord | undefined, after: RunRecord): Change[] {
  const { app, image, progress, exit, failure } = after;
  const phase = after.phases.at(-1)?.phase;
  const changes: (Change | false | undefined)[] = [
    before === undefined && {
      type: 'created',
      app: app.name,
      ...(app.version === undefined ? {} : { version: app.version }),
    },
    ...(after.attempts ?? [])
      .slice(before?.attempts?.length ?? 0)
      .map(({ attempt, failure: why }) => ({ type: 'attempt-failed' as const, attempt, ...why })),
    ...after.warnings
      .slice(before?.warnings.length ?? 0)
      .map((warning) => ({ type: 'warning' as const, ...warning })),
    image !== undefined &&
      before?.image === undefined && {
        type: 'image',
        reference: image.reference,
        id: image.id,
        ...(image.digest === undefined ? {} : { digest: image.digest }),
        pulled: image.pulled,
      },
    after.waiting !== undefined &&
      waitingChanged(before, after) && {
        type: 'waiting',
        code: after.waiting.code,
        message: after.waiting.message,
      },
    progress !== undefined && progressChanged(before, after) && { type: 'progress', ...progress },
    exit !== undefined &&
      before?.exit === undefined && {
        type: 'exit',
        exitCode: exit.exitCode,
        outOfMemory: exit.outOfMemory,
        ...(exit.neverRan === undefined ? {} : { neverRan: exit.neverRan }),
      },
    after.outputs.length !== (before?.outputs.length ?? 0) && {
      type: 'outputs',
      count: after.outputs.length,
      partial: after.outputsPartial,
    },
    failure !== undefined && before?.failure === undefined && { type: 'failure', ...failure },
    after.state !== before?.state && { type: 'state', state: after.state },
    phase !== undefined && phase !== before?.phases.at(-1)?.phase && { type: 'phase', phase },
  ];
  return changes.filter((change) => change !== false && change !== undefined);
}

/** What a queue says of one reason has numbers that move all the time; another reason has another code. */
const waitingChanged = (before: RunRecord | undefined, after: RunRecord): boolean =>
  before?.waiting?.code !== after.waiting?.code ||
  (after.state !== 'QUEUED' && before?.waiting?.message !== after.waiting?.message);

const progressChanged = (before: RunRecord | undefined, after: RunRecord): boolean =>
  before?.progress?.percent !== after.progress?.percent ||
  before?.progress?.message !== after.progress?.message;
