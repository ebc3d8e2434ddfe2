import type { OutputFacts, RunOptions, RunRecord } from '../runner/index.ts';
import { valueText } from './text/words.ts';

/** What differs between two runs, before (what they were made from) and after (what they left). */
export interface RunComparison {
  readonly before: { readonly runId: string; readonly state: RunRecord['state'] };
  readonly after: { readonly runId: string; readonly state: RunRecord['state'] };
  /** What they were made from. Empty: the same app, image, inputs and values. */
  readonly causes: readonly Difference[];
  /** By path, sorted. */
  readonly outputs: readonly OutputComparison[];
  /** Both completed, left something, and every byte is the same. */
  readonly reproduced: boolean;
}

export interface Difference {
  readonly what: 'descriptor' | 'image' | 'engine' | 'input' | 'parameter' | 'option' | 'runner';
  /** Of the input, parameter or option. */
  readonly name?: string;
  readonly before: string;
  readonly after: string;
}

export interface OutputComparison {
  readonly path: string;
  /** `missing`: only the run before has it; `new`: only the run after. */
  readonly result: 'same' | 'different' | 'missing' | 'new';
  readonly before?: OutputSummary;
  readonly after?: OutputSummary;
}

type OutputSummary = Pick<OutputFacts, 'sha256' | 'sizeBytes'>;

/** Compares a run with its repetition. Pure: times, ids and folders are not differences. */
export function compareRuns(before: RunRecord, after: RunRecord): RunComparison {
  const outputs = compareOutputs(before.outputs, after.outputs);
  return {
    before: { runId: before.runId, state: before.state },
    after: { runId: after.runId, state: after.state },
    causes: [
      ...differing('descriptor', digestOf(before.app), digestOf(after.app)),
      ...differing('image', imageOf(before), imageOf(after)),
      ...byName('input', inputsOf(before), inputsOf(after)),
      ...byName('parameter', parametersOf(before), parametersOf(after)),
      ...byName('option', optionsOf(before.options), optionsOf(after.options)),
      ...differing('engine', engineOf(before), engineOf(after)),
      ...differing('runner', before.runnerVersion, after.runnerVersion),
    ],
    outputs,
    reproduced:
      before.state === 'COMPLETE' &&
      after.state === 'COMPLETE' &&
      outputs.length > 0 &&
      outputs.every(({ result }) => result === 'same'),
  };
}

const NONE = 'none';

const digestOf = ({ descriptorSha256 }: RunRecord['app']): string => `sha256:${descriptorSha256}`;
const imageOf = ({ image }: RunRecord): string => image?.digest ?? image?.id ?? NONE;
const engineOf = ({ container }: RunRecord): string =>
  container === undefined ? NONE : `${container.engine.name} ${container.engine.version}`;

const inputsOf = ({ inputs }: RunRecord): Map<string, string> =>
  new Map(inputs.map(({ inputId, path, sha256 }) => [`${inputId} ${path}`, `sha256:${sha256}`]));

const parametersOf = ({ parameters }: RunRecord): Map<string, string> =>
  new Map(parameters.map(({ inputId, value }) => [inputId, valueText(value)]));

/** Choices that can change a result; the rest (where from, how long to wait) cannot. */
const optionsOf = (options: RunOptions): Map<string, string> =>
  new Map(
    Object.entries({
      network: options.network,
      user: options.user === 'image' ? 'image' : `${options.user.uid}:${options.user.gid}`,
      'read-only': options.readOnlyRoot,
      memory: options.memoryBytes,
      cpus: options.cpus,
      pids: options.pids,
      gpus: options.gpus,
      timeout: options.timeoutMs,
      ...Object.fromEntries(
        Object.entries(options.environment).map(([name, value]) => [`env ${name}`, value]),
      ),
      ...Object.fromEntries(
        options.mounts.map(({ source, target, readOnly }) => [
          `mount ${target}`,
          `${source}${readOnly ? '' : ' (writable)'}`,
        ]),
      ),
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
  );

function differing(what: Difference['what'], before: string, after: string): Difference[] {
  return before === after ? [] : [{ what, before, after }];
}

function byName(
  what: Difference['what'],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) =>
    differing(what, before.get(name) ?? NONE, after.get(name) ?? NONE).map((difference) => ({
      ...difference,
      name,
    })),
  );
}

function compareOutputs(
  before: readonly OutputFacts[],
  after: readonly OutputFacts[],
): OutputComparison[] {
  const first = new Map(before.map((output) => [output.path, output]));
  const second = new Map(after.map((output) => [output.path, output]));
  return [...new Set([...first.keys(), ...second.keys()])]
    .toSorted()
    .map((path) => compareOutput(path, first.get(path), second.get(path)));
}

function compareOutput(
  path: string,
  before: OutputFacts | undefined,
  after: OutputFacts | undefined,
): OutputComparison {
  const result =
    before === undefined
      ? 'new'
      : after === undefined
        ? 'missing'
        : before.sha256 === after.sha256
          ? 'same'
          : 'different';
  return {
    path,
    result,
    ...(before === undefined ? {} : { before: summaryOf(before) }),
    ...(after === undefined ? {} : { after: summaryOf(after) }),
  };
}

const summaryOf = ({ sha256, sizeBytes }: OutputFacts): OutputSummary => ({ sha256, sizeBytes });
