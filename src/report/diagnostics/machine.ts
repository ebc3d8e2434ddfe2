import { DIAGNOSTIC_CODES, type Diagnostic, type Strength } from '../../descriptor/index.ts';

/** What was found in one file. */
export interface FileDiagnostics {
  /** As given, with `/` between folders. */
  readonly fileName: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** The document `--json` prints: each file with its findings, and how many there are of each strength. */
export function diagnosticsDocument(files: readonly FileDiagnostics[]): object {
  const all = files.flatMap((file) => file.diagnostics);
  const count = (strength: Strength): number =>
    all.filter((diagnostic) => diagnostic.strength === strength).length;
  return {
    files: files.map(({ fileName, diagnostics }) => ({
      file: fileName,
      valid: !diagnostics.some(({ strength }) => strength === 'error'),
      diagnostics,
    })),
    summary: {
      files: files.length,
      errors: count('error'),
      warnings: count('warning'),
      hints: count('hint'),
    },
  };
}

const SARIF_LEVELS: Record<Strength, 'error' | 'warning' | 'note'> = {
  error: 'error',
  warning: 'warning',
  hint: 'note',
};

/**
 * A SARIF 2.1.0 log (OASIS), as code review tools read it: one run, one rule for each code that
 * occurs, one result for each finding.
 * @param version of this program
 */
export function sarifLog(files: readonly FileDiagnostics[], version: string): object {
  const codes = [
    ...new Set(files.flatMap((file) => file.diagnostics.map(({ code }) => code))),
  ].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'cyto-run', semanticVersion: version, rules: codes.map(sarifRule) },
        },
        columnKind: 'utf16CodeUnits',
        results: files.flatMap(({ fileName, diagnostics }) =>
          diagnostics.map((diagnostic) => sarifResult(fileName, diagnostic, codes)),
        ),
      },
    ],
  };
}

function sarifRule(code: string): object {
  const known = Object.entries(DIAGNOSTIC_CODES).find(([name]) => name === code)?.[1];
  return {
    id: code,
    ...(known === undefined
      ? {}
      : {
          shortDescription: { text: known.meaning },
          defaultConfiguration: { level: SARIF_LEVELS[known.strength] },
        }),
  };
}

function sarifResult(fileName: string, diagnostic: Diagnostic, codes: readonly string[]): object {
  const { position, mend, pointer } = diagnostic;
  return {
    ruleId: diagnostic.code,
    ruleIndex: codes.indexOf(diagnostic.code),
    level: SARIF_LEVELS[diagnostic.strength],
    message: { text: mend === undefined ? diagnostic.message : `${diagnostic.message} ${mend}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: fileName.split('/').map(encodeURIComponent).join('/') },
          ...(position === undefined
            ? {}
            : { region: { startLine: position.line, startColumn: position.column } }),
        },
        ...(pointer === '' ? {} : { logicalLocations: [{ fullyQualifiedName: pointer }] }),
      },
    ],
  };
}

const GITHUB_COMMANDS: Record<Strength, string> = {
  error: 'error',
  warning: 'warning',
  hint: 'notice',
};

/** GitHub workflow commands, one line a finding, which show it at its line of the change. */
export const githubAnnotations = (files: readonly FileDiagnostics[]): string =>
  files
    .flatMap(({ fileName, diagnostics }) =>
      diagnostics.map(({ strength, position, code, message, mend }) => {
        const place = position === undefined ? '' : `,line=${position.line},col=${position.column}`;
        const text = mend === undefined ? message : `${message}\n${mend}`;
        return `::${GITHUB_COMMANDS[strength]} file=${githubProperty(fileName)}${place},title=${githubProperty(code)}::${githubData(text)}`;
      }),
    )
    .join('\n');

const githubData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const githubProperty = (text: string): string =>
  githubData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
