import type { Client, Submission } from '../../client/index.ts';
import type { DryRun, FolderOptions, RunRecord } from '../../runner/index.ts';
import {
  foldersOf,
  type Configuration,
  type DescriptorFile,
  type RunFlags,
} from '../../site/index.ts';
import type { CommandArguments } from '../commands.ts';
import { showPlan } from '../dry-run.ts';
import { exitCodeOf } from '../exit-code.ts';
import { isDetached, placingOf } from '../placing.ts';
import { needsServerFlag } from '../runs-port/index.ts';
import { recordOf, ServerRuns } from '../runs-port/server-runs.ts';
import { tellEnding } from '../tell-ending.ts';
import type { Terminal } from '../terminal.ts';
import { checkedValues, submittedFolders, submitWithFiles } from './checked-values.ts';
import { tellDeprecated } from './server-app.ts';
import { givenValues, submittedOptions, submittedValues } from './submission.ts';
import { watchRun } from './watch-run.ts';

/** A run that is to be a server's. */
export interface ServerRun {
  readonly client: Client;
  readonly file: DescriptorFile;
  readonly flags: RunFlags;
  readonly named: Readonly<Record<string, readonly string[]>>;
  readonly configuration: Configuration;
  readonly terminal: Terminal;
  /** Those that are about a submission to a server among them. */
  readonly args: CommandArguments;
}

/**
 * `cyto-run run` on a server: checked here as a run of this machine would be, submitted, followed with
 * the same display, its outputs brought to `--out`; or with `--detach` left to the server. Resolves to
 * the exit code.
 */
export async function runOnServer(run: ServerRun): Promise<number> {
  const { client, flags, terminal, configuration, args } = run;
  const folders = foldersOf(flags, terminal.cwd);
  const { outFolder } = folders;
  if (flags['dry-run'] === true) {
    const plan = await submitted(run, folders, (submission) => client.runs.dryRun(submission));
    return showPlan({ ...(plan as DryRun), folders }, { terminal, json: flags.json === true });
  }
  const detached = isDetached(args, 'cyto-run outputs RUN --out DIR');
  const answer = await submitted(run, folders, (submission) => client.runs.submit(submission));
  const byFlag = await needsServerFlag(flags.server, client, terminal);
  if (detached) return tellSubmitted(recordOf(answer, client.url), run, byFlag);
  const { runId } = answer;
  const record = await watchRun(runId, {
    ...{ client, terminal, configuration, outFolder },
    verbose: flags.verbose === true,
    quiet: flags.quiet === true,
  });
  const port = new ServerRuns(client, byFlag);
  await tellEnding(record, port, { terminal, json: flags.json === true });
  return exitCodeOf(record);
}

/** The id alone is the result, for `$(…)`; what to type next is told beside it. */
function tellSubmitted(
  record: RunRecord,
  { client, flags, configuration, terminal }: ServerRun,
  byFlag: boolean,
): number {
  const { runId, queue } = record;
  terminal.out(flags.json === true ? `${JSON.stringify(record, null, 2)}\n` : `${runId}\n`);
  const { flag } = new ServerRuns(client, byFlag);
  if (flags.quiet !== true && configuration.values['log-format'] === 'text')
    terminal.err(
      queue?.held === undefined
        ? `queued; \`cyto-run logs -f ${runId}${flag}\` follows it, \`cyto-run wait ${runId}${flag}\` waits for its end\n`
        : `held; \`cyto-run release ${runId}${flag}\` lets it begin\n`,
    );
  return 0;
}

/** Checks, and submits. Throws what is wrong with the values and the files. */
async function submitted<Answer>(
  { client, file: { descriptor, text, app }, flags, named, terminal, args }: ServerRun,
  folders: FolderOptions,
  submit: (submission: Submission) => Promise<Answer>,
): Promise<Answer> {
  const options = submittedOptions(flags, terminal.env);
  const placing = placingOf(args);
  const raw = await givenValues(descriptor, flags, named, terminal);
  const { invocation, paths } = await checkedValues(descriptor, raw, folders, terminal.cwd);
  const say = (line: string): void => {
    if (flags.quiet !== true) terminal.err(`${line}\n`);
  };
  tellDeprecated(app, say);
  return submitWithFiles(paths, client, say, (referTo) => {
    const valuesFrom = (giver: 'user' | 'server'): Record<string, unknown> =>
      submittedValues(
        descriptor,
        invocation.filter(({ source }) => source === giver),
        terminal.cwd,
        referTo,
      );
    return submit({
      ...(app === undefined ? { descriptor: text } : { app: app.reference }),
      parameters: valuesFrom('user'),
      serverParameters: valuesFrom('server'),
      folders: submittedFolders(folders, referTo),
      options,
      ...placing,
    });
  });
}
