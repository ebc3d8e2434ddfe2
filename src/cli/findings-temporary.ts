import type { Diagnostic, RawValues } from '../descriptor/index.ts';
export const formatDiagnostics = (
  diagnostics: readonly Diagnostic[],
  { fileName }: { fileName: string; text?: string },
): string =>
  diagnostics
    .map(
      (d) =>
        `${fileName}${d.position ? `:${d.position.line}:${d.position.column}` : ''}: ${d.strength}: ${d.message}${d.mend ? `\n  ${d.mend}` : ''}`,
    )
    .join('\n');
export function parseInvocationText(
  text: string,
  _format: 'json' | 'yaml',
): { values?: RawValues; diagnostics: readonly Diagnostic[] } {
  const object = JSON.parse(text) as Record<string, unknown>;
  const json = (v: unknown): never =>
    (typeof v === 'number'
      ? { kind: 'number', text: String(v), value: v }
      : Array.isArray(v)
        ? v.map(json)
        : v) as never;
  return {
    values: Object.fromEntries(
      Object.entries(object).map(([k, v]) => [k, { kind: 'json' as const, value: json(v) }]),
    ),
    diagnostics: [],
  };
}
