import { RunnerError } from '../../base/errors.ts';
import { hasErrors, type Diagnostic } from '../../descriptor/index.ts';
import {
  countedDiagnostics,
  diagnosticsDocument,
  formatDiagnostics,
  githubAnnotations,
  sarifLog,
  type FileDiagnostics,
} from '../../report/diagnostics/index.ts';
import { optionalText, texts } from '../arguments.ts';
import type { CommandArguments, CommandRun } from '../commands.ts';
import { readOptions } from '../descriptor-flags.ts';
import { parsedFiles, type ParsedFile, type UnreadableFile } from '../parsed-files.ts';
import { textOptions, type Terminal } from '../terminal.ts';
import { runnerVersion } from '../../site/index.ts';

/** What was found in one file, and whether it could be read. */
interface Validated extends FileDiagnostics {
  readonly readable: boolean;
}

/**
 * `cyto-run validate FILE…|FOLDER…`: everything wrong with each descriptor. Exit code 0 without
 * errors, 65 with (with `--strict` warnings count too), 66 when a file cannot be read.
 */
export const validate: CommandRun = async (args, { terminal }) => {
  const given = texts(args['files']);
  if (given.length === 0)
    throw new RunnerError('usage', 'which descriptors?', {
      hint: 'Give files, folders, or - for standard input: `cyto-run validate descriptor.json`.',
    });
  const format = formatOf(args);
  const files: Validated[] = [];
  for await (const file of parsedFiles(given, terminal, readOptions(args))) {
    const validated = validatedOf(file);
    files.push(validated);
    if (format === 'text')
      terminal.out(fileText(validated, 'text' in file ? file.text : undefined, terminal));
  }
  terminal.out(closing(format, files, args['strict'] === true));
  return exitCodeOf(files, args['strict'] === true);
};

const FORMATS = ['text', 'json', 'sarif', 'github'] as const;
type Format = (typeof FORMATS)[number];

function formatOf(args: CommandArguments): Format {
  const asked = optionalText(args['format']);
  const format = FORMATS.find((name) => name === asked);
  if (args['json'] === true && format !== undefined && format !== 'json')
    throw new RunnerError('usage', `--json and --format ${format} contradict each other`, {
      hint: 'Give one of them.',
    });
  return args['json'] === true ? 'json' : (format ?? 'text');
}

function validatedOf(file: ParsedFile | UnreadableFile): Validated {
  const { fileName } = file;
  if ('parsed' in file) return { fileName, readable: true, diagnostics: file.parsed.diagnostics };
  const { code, message, hint } = file.fault;
  const diagnostic: Diagnostic = {
    code,
    strength: 'error',
    pointer: '',
    message: `${message}.`,
    ...(hint === undefined ? {} : { mend: hint }),
  };
  return { fileName, readable: false, diagnostics: [diagnostic] };
}

function fileText(file: Validated, text: string | undefined, terminal: Terminal): string {
  if (file.diagnostics.length === 0) return '';
  const told = formatDiagnostics(file.diagnostics, {
    fileName: file.fileName,
    text,
    ...textOptions(terminal, 'out'),
  });
  return `${told}\n\n`;
}

function closing(format: Format, files: readonly Validated[], strict: boolean): string {
  const plain = files.map(({ fileName, diagnostics }) => ({ fileName, diagnostics }));
  switch (format) {
    case 'json':
      return `${JSON.stringify(diagnosticsDocument(plain), null, 2)}\n`;
    case 'sarif':
      return `${JSON.stringify(sarifLog(plain, runnerVersion()), null, 2)}\n`;
    case 'github': {
      const lines = githubAnnotations(plain);
      return lines === '' ? '' : `${lines}\n`;
    }
    case 'text':
      return `${summary(files, strict)}\n`;
  }
}

/** `2 files: 1 valid, 1 not; 3 errors and 1 warning` */
function summary(files: readonly Validated[], strict: boolean): string {
  const all = files.flatMap(({ diagnostics }) => diagnostics);
  const bad = files.filter((file) => fails(file, strict)).length;
  const [only] = files;
  const verdict =
    files.length === 1 && only !== undefined
      ? `${only.fileName} is ${bad === 0 ? 'valid' : 'not valid'}`
      : `${files.length} files: ${files.length - bad} valid, ${bad} not`;
  return all.length === 0 ? verdict : `${verdict}; ${countedDiagnostics(all)}`;
}

const fails = ({ diagnostics }: FileDiagnostics, strict: boolean): boolean =>
  hasErrors(diagnostics) || (strict && diagnostics.some(({ strength }) => strength === 'warning'));

function exitCodeOf(files: readonly Validated[], strict: boolean): number {
  if (files.some(({ readable }) => !readable)) return 66;
  return files.some((file) => fails(file, strict)) ? 65 : 0;
}
