import { expect, test } from 'vitest';

import { parseDescriptor } from '../../src/descriptor/index.ts';
import {
  countedDiagnostics,
  diagnosticsDocument,
  formatDiagnostics,
  githubAnnotations,
  sarifLog,
} from '../../src/report/diagnostics/index.ts';

const TEXT = '{\n\t"name": "x",\n\t"inputs": [],\n\t"command-line": "run 組織 [A]"\n}';
const { diagnostics } = parseDescriptor(TEXT, { dialect: 'cytomine-0.1' });
const FILES = [{ fileName: 'apps/my app.json', diagnostics }];

test('a finding is shown with its place, its line, a caret under it and what to do', () => {
  const placeholder = diagnostics.filter(({ code }) => code === 'cytomine.placeholder-undeclared');
  expect(formatDiagnostics(placeholder, { fileName: 'a.json', text: TEXT })).toBe(
    [
      'a.json:4:26: warning [cytomine.placeholder-undeclared]',
      '  No input declares the placeholder `[A]`; the platform passes it to the app as it stands, here it',
      '  is left out with its flag.',
      '  4 | "command-line": "run 組織 [A]"',
      // Two characters before the place are two columns wide.
      '    |                           ^',
      '  → Declare an input with the value-key `[A]`, or remove it.',
    ].join('\n'),
  );
});

test('a very long line is cut around the place', () => {
  const line = `{"${'x'.repeat(500)}" 1}`;
  const said = formatDiagnostics(parseDescriptor(line).diagnostics, { fileName: 'a', text: line });
  const [source, caret] = said.split('\n').filter((one) => one.includes('|'));
  expect(source!.length).toBeLessThan(110);
  expect(source!.charAt(caret!.indexOf('^'))).toBe('1');
});

test('what a file holds cannot command the terminal', () => {
  const text = '{"\u001b[31mname": \u202e}';
  const said = formatDiagnostics(parseDescriptor(text).diagnostics, { fileName: '\u001b]x', text });
  expect(/[\u0000-\u0009\u000b-\u001f\u202e]/.test(said)).toBe(false); // eslint-disable-line no-control-regex -- these are what is looked for
});

test('counts are told in words', () => {
  expect(countedDiagnostics(diagnostics)).toBe('1 error and 3 warnings');
  expect(countedDiagnostics([])).toBe('nothing to report');
});

test('the JSON document says of each file whether it is valid', () => {
  expect(diagnosticsDocument(FILES)).toMatchObject({
    files: [{ file: 'apps/my app.json', valid: false }],
    summary: { files: 1, errors: 1, warnings: 3, hints: 0 },
  });
});

test('a SARIF log has one rule for each code and one result for each finding', () => {
  const log = sarifLog(FILES, '1.0.0') as {
    version: string;
    runs: [
      {
        tool: { driver: { rules: { id: string }[] } };
        results: { ruleId: string; ruleIndex: number; locations: unknown[] }[];
      },
    ];
  };
  const [{ tool, results }] = log.runs;
  expect(log.version).toBe('2.1.0');
  expect(results).toHaveLength(diagnostics.length);
  expect(results.every((one) => tool.driver.rules[one.ruleIndex]?.id === one.ruleId)).toBe(true);
  expect(results.at(-1)?.locations).toMatchObject([
    {
      physicalLocation: {
        artifactLocation: { uri: 'apps/my%20app.json' },
        region: { startLine: 4, startColumn: 26 },
      },
    },
  ]);
});

test('a GitHub annotation is one line, with commas and line breaks escaped', () => {
  const lines = githubAnnotations([{ ...FILES[0]!, fileName: 'a,b.json' }]).split('\n');
  expect(lines).toHaveLength(diagnostics.length);
  expect(lines.at(-1)).toMatch(
    /^::warning file=a%2Cb\.json,line=4,col=26,title=cytomine\.placeholder-undeclared::No input.*%0ADeclare/,
  );
});
