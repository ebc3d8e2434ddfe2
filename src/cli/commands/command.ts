import {
  expandCommand,
  hasErrors,
  parseInvocation,
  shellQuote,
  type Command,
} from '../../descriptor/index.ts';
import { CONTAINER_PLACES, expansionFolders, withReachableFiles } from '../../runner/index.ts';
import {
  configurationFor,
  readDescriptorFile,
  valuesDoNotFit,
  checkFolderMode,
  foldersOf,
  gatherValues,
  type RunFlags,
} from '../../site/index.ts';
import { fileArgument, readOptions } from '../descriptor-flags.ts';
import { namedValues } from '../parameter-flags.ts';
import type { CommandRun } from '../commands.ts';
import type { Terminal } from '../terminal.ts';

/**
 * `cyto-run command FILE`: what would be executed for an invocation, and nothing about where. Files
 * need not be there. What a server would fill in may be left out; the command is told to lack it.
 */
export const command: CommandRun = async (args, { terminal, descriptor: found }) => {
  const flags = args as unknown as RunFlags;
  const given = fileArgument(args['descriptor'], 'cyto-run command descriptor.json');
  const file = found ?? (await readDescriptorFile(given, terminal.cwd, readOptions(args)));
  const { descriptor } = file;
  const folders = foldersOf(flags, terminal.cwd);
  checkFolderMode(descriptor, folders);
  const raw = await gatherValues(
    descriptor,
    {
      params: flags.param ?? [],
      serverParams: flags['server-param'] ?? [],
      invocationFile: flags.invocation,
      named: namedValues(descriptor, args),
      serverDefaults: (await configurationFor(terminal)).serverParameters,
    },
    terminal,
  );
  const { invocation, diagnostics } = parseInvocation(descriptor, raw, {
    serverValuesOptional: true,
  });
  if (invocation === undefined || hasErrors(diagnostics))
    throw await valuesDoNotFit(descriptor, diagnostics);
  const expansion = expansionFolders(folders);
  const expanded = expandCommand(
    descriptor,
    withReachableFiles(descriptor, invocation, terminal.cwd),
    {
      workingDirectory: CONTAINER_PLACES.work,
      ...(expansion === undefined ? {} : { folders: expansion }),
    },
  );
  const present = new Set(invocation.map(({ inputId }) => inputId));
  const lacking =
    expansion === undefined
      ? descriptor.inputs
          .filter(({ id, setByServer, optional }) => setByServer && !optional && !present.has(id))
          .map(({ id }) => id)
      : [];
  tell(expanded, lacking, { terminal, json: args['json'] === true });
  return 0;
};

/** Secrets as asterisks. */
function tell(
  command: Command,
  lacking: readonly string[],
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): void {
  const {
    entrypoint,
    maskedArgv: argv,
    maskedShellLine,
    maskedEnvironment,
    files,
    outputs,
  } = command;
  if (json) {
    const document = {
      entrypoint,
      argv,
      ...(maskedShellLine === undefined ? {} : { shellLine: maskedShellLine }),
      environment: maskedEnvironment,
      files,
      outputs,
      serverValuesLacking: lacking,
    };
    terminal.out(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  terminal.out(`${maskedShellLine ?? argv.map(shellQuote).join(' ')}\n`);
  if (lacking.length > 0)
    terminal.err(
      `note: without ${lacking.join(', ')}, which the server sets; give --server-param id=value to see them\n`,
    );
  const names = Object.keys(maskedEnvironment);
  if (names.length > 0) terminal.err(`note: with the variables ${names.join(', ')}; see --json\n`);
  if (files.length > 0)
    terminal.err(`note: after writing ${files.map(({ path }) => path).join(', ')}; see --json\n`);
}
