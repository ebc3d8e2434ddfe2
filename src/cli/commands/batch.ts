import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import {
  ago,
  batchSummary,
  renderBatch,
  summaryText,
  type BatchReport,
} from '../../report/index.ts';
import type { RunOptions } from '../../runner/index.ts';
import { optionalText, texts } from '../arguments.ts';
import { batchDisplay, resultOf } from '../batch/display.ts';
import { checkedItems, type ItemSource } from '../batch/new-batch.ts';
import { runBatch, type BatchWork } from '../batch/run-batch.ts';
import { BATCH_OPTIONS } from '../batch/options.ts';
import type { CommandArguments, CommandContext, CommandRun } from '../commands.ts';
import {
  type Configuration,
  configurationFor,
  readDescriptorFile,
  parseCount,
  type RunFlags,
  valuesOfFlags,
} from '../../site/index.ts';
import { batchFacts, createBatch, oldBatchWork } from '../../site/batch/index.ts';
import { openRuns, type OpenedRuns } from '../../site/runs/index.ts';
import { namedValues } from '../parameter-flags.ts';
import { wantsColor, type Terminal } from '../terminal.ts';

/** `cyto-run batch DESCRIPTOR ITEMS`: one app over many items; or what is left of a batch that is there. */
export const batch: CommandRun = async (args, context) => {
  const { terminal } = context;
  const { 'server-param': _fromValues, ...settings } = args as unknown as RunFlags;
  const configuration = await configurationFor(terminal, settings);
  const server = configuration.values['server.url'];
  if (server !== undefined)
    terminal.err(`note: batches are this machine's, also with the server ${server}\n`);
  if (args['list'] === true) return listBatches(args, terminal, configuration);
  const shown = optionalText(args['show']);
  if (shown !== undefined) return showBatch(shown, args, terminal, configuration);
  const old = optionalText(args['resume']) ?? optionalText(args['retry']);
  return old === undefined
    ? newBatch(args, context, configuration)
    : goOn(old, args, terminal, configuration);
};

async function newBatch(
  args: CommandArguments,
  { terminal, descriptor: read }: CommandContext,
  configuration: Configuration,
): Promise<number> {
  const given = args['descriptor'];
  if (typeof given !== 'string')
    throw new RunnerError('usage', 'which descriptor?', {
      hint: 'For example `cyto-run batch descriptor.json items.csv`; see `cyto-run batch --help`.',
    });
  const file = read ?? (await readDescriptorFile(given, terminal.cwd));
  const flags = args as unknown as RunFlags;
  const source: ItemSource = {
    file: optionalText(args['items']),
    each: optionalText(args['each']),
  };
  const named = Object.fromEntries(
    Object.entries(namedValues(file.descriptor, args)).filter(([id]) => !(id in BATCH_OPTIONS)),
  );
  const context = { file, flags, named, configuration, terminal };
  const items = await checkedItems(source, context);
  if (flags['dry-run'] === true) return showItems(items, args['json'] === true, terminal);
  using runs = await openRuns(terminal, configuration);
  const facts = batchFacts(file, source.file ?? source.each ?? '', items.length, {
    flags,
    caller: terminal,
  });
  const { batchId, runs: queued } = await createBatch(runs.store, items, facts);
  return await runAndTell(batchId, { queued, begun: [], args }, { runs, terminal, configuration });
}

/** What would be run, one item a line. */
function showItems(
  items: Awaited<ReturnType<typeof checkedItems>>,
  json: boolean,
  terminal: Terminal,
): number {
  const rows = items.map(({ name, prepared: { created } }, index) => ({
    item: name,
    index,
    parameters: created.parameters,
    folders: created.folders,
  }));
  terminal.out(
    json
      ? `${JSON.stringify({ items: rows }, null, 2)}\n`
      : `${rows.map(({ item, folders }) => [item, folders.outFolder].join('  ').trimEnd()).join('\n')}\n`,
  );
  return 0;
}

async function goOn(
  text: string,
  args: CommandArguments,
  terminal: Terminal,
  configuration: Configuration,
): Promise<number> {
  using runs = await openRuns(terminal, configuration);
  const batchId = runs.store.batches.resolve(text);
  const work = await oldBatchWork(runs.store, batchId, args['retry'] !== undefined, {
    values: await valuesOfFlags(
      { params: texts(args['param']), serverParams: texts(args['server-param']) },
      terminal,
    ),
    environment: texts(args['env']),
    currentImage: false,
    caller: terminal,
    options: givenAnew(args, configuration),
  });
  return await runAndTell(batchId, { ...work, args }, { runs, terminal, configuration });
}

/** Limits that a retry is given in place of those that were too small. */
function givenAnew(args: CommandArguments, { values }: Configuration): Partial<RunOptions> {
  const memoryBytes = args['memory'] === undefined ? undefined : values['limits.memory'];
  const cpus = args['cpus'] === undefined ? undefined : values['limits.cpus'];
  const timeoutMs = args['timeout'] === undefined ? undefined : values['limits.timeout'];
  return {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

interface Scene {
  readonly runs: OpenedRuns;
  readonly terminal: Terminal;
  readonly configuration: Configuration;
}

async function runAndTell(
  batchId: string,
  {
    queued,
    begun,
    args,
  }: Pick<BatchWork, 'queued' | 'begun'> & { readonly args: CommandArguments },
  { runs, terminal, configuration }: Scene,
): Promise<number> {
  const { store } = runs;
  const options = queued[0]?.created.options ?? begun[0]?.options;
  let interrupted = false;
  if (options !== undefined) {
    const jobs = optionalText(args['jobs']);
    const display = batchDisplay({
      terminal,
      clock: systemClock,
      states: new Map([
        ...queued.map(({ runId }) => [runId, 'QUEUED'] as const),
        ...begun.map(({ runId, state }) => [runId, state] as const),
      ]),
      json: args['json'] === true,
      quiet: args['quiet'] === true,
      logFormat: configuration.values['log-format'],
    });
    display.say(`batch ${batchId}: ${queued.length + begun.length} to run`);
    try {
      const work = {
        queued,
        begun,
        options,
        jobs: jobs === undefined ? undefined : parseCount(jobs),
      };
      interrupted = await runBatch(work, runs, display);
    } finally {
      display.close();
    }
  }
  const report = reportOf(store, batchId);
  tell(report, args, terminal);
  if (interrupted) return 130;
  return report.summary.complete === report.items.length ? 0 : 1;
}

function reportOf(store: OpenedRuns['store'], batchId: string): BatchReport {
  const { createdAt, batchId: id, ...batch } = store.batches.read(batchId);
  const items = store.batches.items(batchId);
  return {
    batchId: id,
    createdAt,
    batch,
    summary: batchSummary(items.map(({ state }) => state)),
    items: items.map(({ runId }) => resultOf(store.read(runId))),
  };
}

function tell(report: BatchReport, args: CommandArguments, terminal: Terminal): void {
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderBatch(report, {
          color: wantsColor(terminal.outIsTerminal, terminal.env),
          width: terminal.width,
        }),
  );
}

async function showBatch(
  text: string,
  args: CommandArguments,
  terminal: Terminal,
  configuration: Configuration,
): Promise<number> {
  using runs = await openRuns(terminal, configuration);
  tell(reportOf(runs.store, runs.store.batches.resolve(text)), args, terminal);
  return 0;
}

/** How many batches `--list` shows. */
const BATCHES_SHOWN_MAX = 20;

async function listBatches(
  args: CommandArguments,
  terminal: Terminal,
  configuration: Configuration,
): Promise<number> {
  using runs = await openRuns(terminal, configuration);
  const { batches } = runs.store;
  const rows = batches.list(BATCHES_SHOWN_MAX).map((one) => ({
    ...one,
    summary: batchSummary(batches.items(one.batchId).map(({ state }) => state)),
  }));
  const now = systemClock.now();
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ batches: rows }, null, 2)}\n`
      : rows
          .map(
            ({ batchId, app, createdAt, summary }) =>
              `${batchId}  ${app.name}  ${ago(createdAt, now)}  ${summaryText(summary)}\n`,
          )
          .join('') || 'No batches.\n',
  );
  return 0;
}
