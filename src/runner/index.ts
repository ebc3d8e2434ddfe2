/** The heart: run states, events, record, outcome; the straight line that executes one run. */
export {
  attemptRun,
  continueRun,
  executeRun,
  type PreparedRun,
  type RunPorts,
} from './execute-run.ts';
export { endUnbegun, failUnbegun } from './end-unbegun.ts';
export { expansionFolders } from './start-container.ts';
export { imageReference, imageRequestOf, sameImage } from './image.ts';
export { pullText } from './pull-teller.ts';
export {
  askedInputs,
  findInputs,
  fileFacts,
  filesBelow,
  folderFacts,
  folderFactsOf,
  withReachableFiles,
  type AskedInput,
  type ContentFacts,
  type FileBelow,
  type FoundInput,
} from './inputs.ts';
export { sentAs, type InputOrigin, type PlacedOrigin } from './input-origin.ts';
export { replacedWarning } from './collect.ts';
export { checkOutFolder, tryOutFolder } from './out-folder.ts';
export { containerName, environmentOf, planContainer, securityFacts } from './plan.ts';
export { appPlaces, CONTAINER_PLACES, isWithin, runPlaces, type RunPlaces } from './places.ts';
export { reconcileRun, type Orphan, type Following } from './reconcile.ts';
export type { StopSignals } from './stops.ts';
export type { DryRun } from './dry-run.ts';
export { mediaTypeOf } from './media-type.ts';
export { lastLine, type LastLine } from './last-line.ts';
export {
  RUN_PHASES,
  type BatchPlace,
  type ContainerFacts,
  type CreatedFacts,
  type EventBody,
  type ExitFacts,
  type FolderOptions,
  type ImageFacts,
  type InputFacts,
  type NextAttempt,
  type OutputFacts,
  type QueuePlace,
  type RecordedParameter,
  type RunEvent,
  type RunOptions,
  type RetryOptions,
  type SchedulerOption,
  type RunPhase,
  type SecurityFacts,
} from './events.ts';
export {
  FAILURE_CODES,
  StopReason,
  TERMINAL_STATE,
  type Failure,
  type FailureCode,
  type RunOutcome,
  type StopCause,
} from './outcome.ts';
export { gathering } from './gathering.ts';
export type { BatchFacts } from './batch-facts.ts';
export type { RunJournal, RunLog, RunObserver, StopWatch } from './ports.ts';
export {
  applyEvent,
  attemptOf,
  startedAtOf,
  foldEvents,
  type AttemptFacts,
  type PhaseTimes,
  type RunRecord,
} from './record.ts';
export { isTerminal, nextStates, RUN_STATES, type RunState } from './state.ts';
