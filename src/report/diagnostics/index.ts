/** What validation found, for people, programs, code review tools and pull requests. Pure. */
export {
  diagnosticsDocument,
  githubAnnotations,
  sarifLog,
  type FileDiagnostics,
} from './machine.ts';
export { countedDiagnostics, formatDiagnostics, type DiagnosticTextOptions } from './text.ts';
