import { systemClock } from '../base/clock.ts';
import type { ContainerEngine } from '../container/index.ts';
import type { Diagnostic } from '../descriptor/index.ts';
import { executeRun, type PreparedRun, type RunObserver, type RunRecord } from '../runner/index.ts';
import type { RunStore } from '../store/index.ts';
import { type Configuration, enginesHere } from '../site/index.ts';
import { exitCodeOf } from './exit-code.ts';
import { listenForInterrupts } from './interrupt.ts';
import { displayOn } from './live-display.ts';
import { tellEnding } from './tell-ending.ts';
import type { Terminal } from './terminal.ts';

export interface ExecuteContext {
  readonly store: RunStore;
  readonly engine: ContainerEngine;
  readonly terminal: Terminal;
  readonly configuration: Configuration;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
  /** Warnings about the descriptor, told before the run. */
  readonly diagnostics: readonly Diagnostic[];
  /** What nobody waits for: called once, while the engine makes the container, or never. */
  readonly meanwhile?: () => void;
}

/** Runs a prepared run while a person or a program looks on; resolves to the exit code. */
export async function execute(run: PreparedRun, context: ExecuteContext): Promise<number> {
  const record = await executeWatched(run, context);
  if (record.failure?.code === 'engine-unavailable') tellOtherEngines(record, context);
  await tellEnding(record, context.store, context);
  return exitCodeOf(record);
}

/** No other engine is taken unasked: what a run does must not hang on which daemon is up. */
function tellOtherEngines({ options }: RunRecord, { terminal, json }: ExecuteContext): void {
  const others = json ? [] : enginesHere(terminal.env, options.engine);
  if (others.length > 0)
    terminal.err(`also here: ${others.join(', ')}; for example --engine ${others[0] ?? ''}\n`);
}

/** Runs a prepared run with the live display and Ctrl-C; resolves to the settled record. */
export async function executeWatched(
  run: PreparedRun,
  context: ExecuteContext,
): Promise<RunRecord> {
  const { store, engine, terminal, configuration, quiet, diagnostics } = context;
  const logFormat = configuration.values['log-format'];
  const story = quiet ? () => undefined : terminal.err;
  if (logFormat === 'text') tellWarnings(diagnostics, configuration.warnings, story);
  const display = displayOn(context);
  using interrupts = listenForInterrupts(
    () => {
      display.say('stopping the app; Ctrl-C again ends it at once');
    },
    () => {
      display.say('ending the app at once');
    },
  );
  const observer = context.meanwhile ? withMeanwhile(display, context.meanwhile) : display;
  const record = await executeRun(
    run,
    { engine, journal: store, clock: systemClock, observer, ownerLabel: store.dataId },
    interrupts,
  );
  display.close(record);
  return record;
}

/** Behind the request for the container, over which the engine takes its time: before it, everybody waits. */
function withMeanwhile(display: RunObserver, meanwhile: () => void): Required<RunObserver> {
  let isCalled = false;
  return {
    onOutput: (chunk) => display.onOutput?.(chunk),
    onPull: (progress) => display.onPull?.(progress),
    onBuildLine: (line) => display.onBuildLine?.(line),
    onRecord: (record) => {
      display.onRecord?.(record);
      if (isCalled || record.phases.at(-1)?.phase !== 'create') return;
      isCalled = true;
      setImmediate(meanwhile);
    },
  };
}

/** Warnings in one line each; hints are left to `cyto-run validate`. */
function tellWarnings(
  diagnostics: readonly Diagnostic[],
  others: readonly string[],
  story: (text: string) => void,
): void {
  for (const warning of others) story(`warning: ${warning}\n`);
  const warnings = diagnostics.filter(({ strength }) => strength === 'warning');
  for (const { message, position } of warnings.slice(0, 3))
    story(`warning: ${position === undefined ? '' : `line ${position.line}: `}${message}\n`);
  if (warnings.length > 3)
    story(`warning: and ${warnings.length - 3} more; \`cyto-run validate\` shows them all\n`);
}
