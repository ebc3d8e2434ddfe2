import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

import { ERROR_CODES } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { textFault, type BoutiquesTest, type OutputAssertion } from '../../descriptor/index.ts';
import { epochMs } from '../../base/clock.ts';
import type { TestResult } from '../../report/index.ts';
import type { FailureCode, OutputFacts, RunRecord } from '../../runner/index.ts';

/** Failures that say something about the app; after any other the test has not been run. */
const OF_THE_APP: readonly FailureCode[] = [
  'app-exit',
  'out-of-memory',
  'time-limit',
  'output-missing',
  'output-invalid',
];

/** How a run compares with what its test expects. Reads the outputs. */
export async function verifyTest(test: BoutiquesTest, record: RunRecord): Promise<TestResult> {
  const { runId, failure, exit } = record;
  const facts = {
    name: test.name,
    runId,
    ...(exit === undefined ? {} : { exitCode: exit.exitCode }),
    tookMs: epochMs(record.updatedAt) - epochMs(record.createdAt),
  };
  if (failure !== undefined && !OF_THE_APP.includes(failure.code)) {
    const faults = [failure.message, ...(failure.hint === undefined ? [] : [failure.hint])];
    return { ...facts, verdict: 'not-run', code: failure.code, faults };
  }
  const faults = exitFaults(test, record);
  for (const assertion of test.outputs) faults.push(...(await outputFaults(assertion, record)));
  return { ...facts, verdict: faults.length === 0 ? 'passed' : 'failed', faults };
}

/** The exit code of the command for these results: the worst first. */
export function exitCodeOfTests(results: readonly TestResult[]): number {
  if (results.some(({ verdict }) => verdict === 'invalid')) return 65;
  if (results.some(({ verdict }) => verdict === 'failed')) return 1;
  const notRun = results.find(({ verdict }) => verdict === 'not-run');
  return notRun?.code === undefined ? 0 : ERROR_CODES[notRun.code].exitCode;
}

/** A run may fail in the way that its test expects: with the very exit code, and that is not 0. */
function exitFaults({ exitCode: expected }: BoutiquesTest, { failure, exit }: RunRecord): string[] {
  const exitCode = exit?.exitCode;
  if (expected !== undefined && exitCode !== expected)
    return [`the exit code is ${exitCode ?? 'not known'}, not ${expected}`];
  const isExpected = expected !== undefined && expected !== 0;
  if (failure === undefined || failure.code === 'app-exit' || isExpected) return [];
  return [failure.message];
}

async function outputFaults(
  assertion: OutputAssertion,
  { outputs }: RunRecord,
): Promise<readonly string[]> {
  const found = outputs.filter(({ outputId }) => outputId === assertion.outputId);
  if (found.length === 0) return [`the output ${assertion.outputId} is not there`];
  const faults = await Promise.all(found.map((output) => contentFaults(assertion, output)));
  // Of an output that is a list, one file must be as expected.
  return faults.some((some) => some.length === 0) ? [] : (faults[0] ?? []);
}

async function contentFaults(
  { outputId, md5, sha256, ...content }: OutputAssertion,
  output: OutputFacts,
): Promise<string[]> {
  const named = `the output ${outputId} (${output.path})`;
  const asksText = Object.keys(content).length > 0;
  if (md5 === undefined && sha256 === undefined && !asksText) return [];
  if (output.kind === 'folder') return [`${named} is a folder, which has no content to compare`];
  const faults: string[] = [];
  if (sha256 !== undefined && output.sha256 !== sha256)
    faults.push(`${named} has the sha256 ${output.sha256}, not ${sha256}`);
  const found = md5 === undefined ? undefined : await md5Of(output.location);
  if (found !== md5) faults.push(`${named} has the md5 ${found ?? ''}, not ${md5 ?? ''}`);
  if (!asksText) return faults;
  if (output.sizeBytes > LIMITS.testTextBytesMax)
    return [...faults, `${named} has ${output.sizeBytes} bytes, too many to compare as text`];
  const fault = textFault({ outputId, ...content }, await readFile(output.location, 'utf8'));
  return fault === undefined ? faults : [...faults, `${named} ${fault}`];
}

/** What Boutiques compares by (schema 0.5, `md5-reference`); nothing rests on it. */
async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
