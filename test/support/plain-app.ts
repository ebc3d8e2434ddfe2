/** A Boutiques descriptor of a program of this machine: a shell line, for the engine `process`. */
export const plainApp = (commandLine: string, more: object = {}): object => ({
  name: 'plain',
  description: 'A program of this machine.',
  'tool-version': '1',
  'schema-version': '0.5',
  'command-line': `: [FILE] [WORD]; ${commandLine}`,
  inputs: [
    { id: 'file', name: 'file', type: 'File', 'value-key': '[FILE]', optional: true },
    { id: 'word', name: 'word', type: 'String', 'value-key': '[WORD]', optional: true },
  ],
  'output-files': [{ id: 'out', name: 'out', 'path-template': 'out.txt', optional: true }],
  ...more,
});
