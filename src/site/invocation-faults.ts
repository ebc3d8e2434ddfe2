import { RunnerError } from '../base/errors.ts';
import type { Descriptor, Diagnostic } from '../descriptor/index.ts';

/** The error for values that an app cannot take, with every finding. */
export async function valuesDoNotFit(
  descriptor: Descriptor,
  diagnostics: readonly Diagnostic[],
): Promise<RunnerError> {
  const { formatDiagnostics } = await import('../report/diagnostics/index.ts');
  return new RunnerError(
    'invocation-invalid',
    `the values do not fit ${descriptor.name}\n\n${formatDiagnostics(diagnostics, { fileName: 'values' })}\n`,
    {
      hint: diagnostics.some(({ code }) => code === 'invocation.server-value-missing')
        ? 'Without a server: --in FOLDER --out FOLDER (BIAFLOWS folder mode); or give each as --server-param id=value.'
        : '`cyto-run DESCRIPTOR --help` lists its parameters.',
      details: { diagnostics },
    },
  );
}
