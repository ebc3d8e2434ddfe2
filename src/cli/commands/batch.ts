import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { ago, renderBatch, summaryText, type BatchReport } from '../../report/index.ts';
import {
  configurationFor,
  parseCount,
  type Configuration,
  type RunFlags,
} from '../../site/index.ts';
import { optionalText } from '../arguments.ts';
import type { BatchesPort, BegunBatch, CheckedBatch } from '../batch/batches-port.ts';
import { batchDisplay } from '../batch/display.ts';
import { givenItems, type ItemSource } from '../batch/given-items.ts';
import { BATCH_OPTIONS } from '../batch/options.ts';
import type { CommandArguments, CommandContext, CommandRun } from '../commands.ts';
import { readGiven } from '../given-descriptor.ts';
import { isDetached, refusePlacing, refusePlacingOf } from '../placing.ts';
import { namedValues } from '../parameter-flags.ts';
import { serverClient } from '../runs-port/index.ts';
import { textOptions, type Terminal } from '../terminal.ts';

/** What every way of this command needs. */
interface Scene {
  readonly batches: BatchesPort;
  readonly args: CommandArguments;
  readonly terminal: Terminal;
  readonly configuration: Configuration;
}

/**
 * `cyto-run batch DESCRIPTOR ITEMS`: one app over many items, here or on a server; or what is left of
 * a batch that is there.
 */
export const batch: CommandRun = async (args, context) => {
  const { terminal } = context;
  const { 'server-param': _fromValues, ...settings } = args as unknown as RunFlags;
  const configuration = await configurationFor(terminal, settings);
  using batches = await openBatches(args, context, configuration);
  const scene = { batches, args, terminal, configuration };
  const shown = optionalText(args['show']);
  const isResumed = args['resume'] !== undefined;
  if (args['list'] === true || shown !== undefined || isResumed)
    refusePlacingOf(args, isResumed ? '--resume' : 'a look at batches');
  if (args['list'] === true) return await listBatches(scene);
  if (shown !== undefined) {
    tell(await batches.report(shown), scene);
    return 0;
  }
  const retried = optionalText(args['retry']);
  const old = optionalText(args['resume']) ?? retried;
  if (old === undefined) return await newBatch(scene, context);
  const isLeft = isDetached(args, BRING_THEM);
  const begun = await batches.goOn(old, retried !== undefined, args);
  return await (isLeft ? tellSubmitted(begun, scene) : runAndTell(begun, scene));
};

const BRING_THEM = 'cyto-run batch --resume BATCH --out DIR';

async function openBatches(
  args: CommandArguments,
  { terminal, descriptor: file }: CommandContext,
  configuration: Configuration,
): Promise<BatchesPort> {
  const client = await serverClient(configuration, terminal);
  if (client === undefined) {
    refusePlacing(args, file?.descriptor);
    const { LocalBatches } = await import('../batch/local-batches.ts');
    return new LocalBatches(terminal, configuration);
  }
  const { ServerBatches } = await import('../on-server/server-batches.ts');
  return new ServerBatches(client, args, terminal);
}

async function newBatch(scene: Scene, { descriptor: read }: CommandContext): Promise<number> {
  const { batches, args, terminal } = scene;
  const given = args['descriptor'];
  if (typeof given !== 'string')
    throw new RunnerError('usage', 'which descriptor?', {
      hint: 'For example `cyto-run batch descriptor.json items.csv`; see `cyto-run batch --help`.',
    });
  const file = read ?? (await readGiven(given, terminal.cwd, { mayBeCommand: false }));
  const flags = args as unknown as RunFlags;
  const source: ItemSource = {
    file: optionalText(args['items']),
    each: optionalText(args['each']),
  };
  const named = Object.fromEntries(
    Object.entries(namedValues(file.descriptor, args)).filter(([id]) => !(id in BATCH_OPTIONS)),
  );
  const jobs = optionalText(args['jobs']);
  const checked = await batches.check({
    ...{ file, flags, named, source },
    given: await givenItems(source, file.descriptor, terminal),
    jobs: jobs === undefined ? undefined : parseCount(jobs),
  });
  if (flags['dry-run'] === true) return showItems(checked, args['json'] === true, terminal);
  const isLeft = isDetached(args, BRING_THEM);
  const begun = await checked.begin();
  return isLeft ? tellSubmitted(begun, scene) : runAndTell(begun, scene);
}

/** The id alone is the result, for `$(…)`; what to type next is told beside it. */
async function tellSubmitted({ batchId }: BegunBatch, scene: Scene): Promise<number> {
  const { batches, args, terminal, configuration } = scene;
  if (args['json'] === true) tell(await batches.report(batchId), scene);
  else terminal.out(`${batchId}\n`);
  if (args['quiet'] !== true && configuration.values['log-format'] === 'text')
    terminal.err(
      args['hold'] === true
        ? `held; \`cyto-run release ${batchId}${batches.flag}\` lets it begin\n`
        : `queued; \`cyto-run batch --resume ${batchId}${batches.flag}\` follows it\n`,
    );
  return 0;
}

/** What would be run, one item a line. */
function showItems({ items }: CheckedBatch, json: boolean, terminal: Terminal): number {
  terminal.out(
    json
      ? `${JSON.stringify({ items }, null, 2)}\n`
      : `${items.map(({ item, folders }) => [item, folders.outFolder].join('  ').trimEnd()).join('\n')}\n`,
  );
  return 0;
}

async function runAndTell(begun: BegunBatch, scene: Scene): Promise<number> {
  const { batches, args, terminal, configuration } = scene;
  const { batchId, states } = begun;
  const display = batchDisplay({
    terminal,
    clock: systemClock,
    states,
    json: args['json'] === true,
    quiet: args['quiet'] === true,
    logFormat: configuration.values['log-format'],
  });
  let interrupted: boolean;
  try {
    if (states.size > 0) display.say(`batch ${batchId}: ${states.size} to run`);
    interrupted = await begun.watch(display);
  } finally {
    display.close();
  }
  const report = await batches.report(batchId);
  tell(report, scene);
  if (interrupted) return 130;
  return report.summary.complete === report.items.length ? 0 : 1;
}

function tell(report: BatchReport, { batches, args, terminal }: Scene): void {
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderBatch(report, {
          ...textOptions(terminal, 'out'),
          flag: batches.flag,
          outFlag: batches.outFlag,
        }),
  );
}

/** How many batches `--list` shows. */
const BATCHES_SHOWN_MAX = 20;

async function listBatches({ batches, args, terminal }: Scene): Promise<number> {
  const rows = await batches.list(BATCHES_SHOWN_MAX);
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
