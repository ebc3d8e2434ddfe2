/**
 * An app of this machine itself, for tests of what lies around an app: its values are `job`, which
 * decides what it does, and a file. It leaves `result.txt` and the folder `parts`.
 */
export const JOB_APP = {
  'schema-version': '0.5',
  name: 'plain',
  description: 'What a job says, into a file.',
  'tool-version': '1.0.0',
  'command-line':
    'case [JOB] in fail*) echo no >&2; exit 3;; wait*) sleep 600;; esac; cat [FILE] /dev/null; : [TOKEN]; mkdir parts; printf one > parts/1.txt; printf %s [JOB] > result.txt',
  inputs: [
    { id: 'job', name: 'job', type: 'String', 'value-key': '[JOB]' },
    { id: 'file', name: 'file', type: 'File', 'value-key': '[FILE]', optional: true },
    { id: 'api_token', name: 'token', type: 'String', 'value-key': '[TOKEN]', optional: true },
  ],
  'output-files': [
    { id: 'result', name: 'result', 'path-template': 'result.txt' },
    { id: 'parts', name: 'parts', 'path-template': 'parts', optional: true },
  ],
} as const;

/** A submission of it. */
export const jobRun = (job: string, parameters: object = {}): object => ({
  descriptor: JOB_APP,
  parameters: { job, ...parameters },
  options: { engine: 'process' },
});
