import { LIMITS } from '../../../base/limits.ts';
import type { ExpandContext } from '../../expand-context.ts';
import type { Command, Descriptor, Invocation } from '../../model.ts';
import { bindings, type Bindings } from './bindings.ts';
import { commandLine } from './command-line.ts';
import { configFiles } from './config-files.ts';
import { environment } from './environment.ts';
import { OutputPaths } from './output-paths.ts';

const DEFAULT_SHELL = '/bin/sh';

/** Where the line is put when it is too long to be an argument: relative, so that it is in the working directory. */
const LINE_FILE = './.cyto-run-line.sh';

/**
 * What a Boutiques 0.5 descriptor and checked values come to: the line for the shell, configuration
 * files, environment and expected outputs. Pure, and each template is filled in one pass, so that no
 * value is ever read as syntax or as another key. Shown forms are expanded a second time from masked
 * values.
 *
 * The line is run by the descriptor's shell (`argv` is `[shell, '-c', line]`) in place of the
 * image's ENTRYPOINT. Where `container-image.entrypoint` is true the same three words are given to
 * the ENTRYPOINT as arguments: it prepares the environment and runs them. A line longer than one
 * argument may be is run from a file in the working directory.
 */
export function expandBoutiques(
  descriptor: Descriptor,
  invocation: Invocation,
  context: ExpandContext,
): Command {
  const real = bindings(descriptor, invocation, false);
  const expanded = expandWith(descriptor, real, real, context);
  const masked = invocation.some(({ secret }) => secret)
    ? expandWith(descriptor, bindings(descriptor, invocation, true), real, context)
    : expanded;
  const shell = descriptor.shell ?? DEFAULT_SHELL;
  const isLong = new TextEncoder().encode(expanded.line).length > LIMITS.argumentBytesMax;
  return {
    entrypoint: descriptor.containerImage?.entrypoint === true ? 'image' : 'replaced',
    argv: isLong ? [shell, LINE_FILE] : [shell, '-c', expanded.line],
    maskedArgv: isLong ? [shell, LINE_FILE] : [shell, '-c', masked.line],
    maskedShellLine: masked.line,
    environment: expanded.environment,
    maskedEnvironment: masked.environment,
    files: isLong
      ? [...expanded.files, { path: LINE_FILE, content: expanded.line }]
      : expanded.files,
    outputs: expanded.outputs,
  };
}

/** The line for the shell alone, values as they are. Pure. */
export function boutiquesLine(descriptor: Descriptor, invocation: Invocation): string {
  const real = bindings(descriptor, invocation, false);
  const paths = new OutputPaths(descriptor, real, real, undefined);
  return commandLine(descriptor.commandLine, real, paths, undefined);
}

type Expanded = Pick<Command, 'environment' | 'files' | 'outputs'> & { readonly line: string };

function expandWith(
  descriptor: Descriptor,
  shown: Bindings,
  real: Bindings,
  { workingDirectory }: ExpandContext,
): Expanded {
  const paths = new OutputPaths(descriptor, shown, real, workingDirectory);
  return {
    line: commandLine(descriptor.commandLine, shown, paths, workingDirectory),
    environment: environment(descriptor, shown, paths),
    files: configFiles(descriptor, shown, paths),
    outputs: descriptor.outputFiles.flatMap((output) => {
      const path = paths.of(output);
      const { id, name, list } = output;
      if (path === undefined) return [];
      // An app can be asked for what it writes only where its path is known.
      const optional = output.optional || !path.isWhole;
      return [{ id, name, path: path.pattern, list, optional }];
    }),
  };
}
