import type { InputFacts, OutputFacts, RunRecord } from '../../runner/index.ts';
import type { CrateOptions } from './options.ts';

/** One file of a crate: copied from this machine, or written with this text. */
export type CrateFile =
  | {
      /** Relative to the crate, with `/`. */
      readonly target: string;
      /** Absolute. */
      readonly source: string;
      /** A folder is copied with everything in it. */
      readonly kind: 'file' | 'folder';
    }
  | { readonly target: string; readonly content: string };

export interface PlacedInput {
  /** All inputs that this file was given to. */
  readonly inputIds: readonly string[];
  readonly facts: InputFacts;
  /** Within the crate; absent: it stays where it is and is only referred to. */
  readonly target?: string;
}

export interface PlacedOutput {
  readonly facts: OutputFacts;
  readonly target: string;
}

/** Where everything of a run lies within its crate. */
export interface CrateLayout {
  readonly inputs: readonly PlacedInput[];
  readonly outputs: readonly PlacedOutput[];
  readonly descriptor: string;
  readonly record: string;
  readonly logs: readonly {
    readonly target: string;
    readonly source: string;
    readonly bytes: number;
  }[];
}

export function crateLayout(record: RunRecord, options: CrateOptions): CrateLayout {
  const { logs } = options;
  return {
    inputs: placedInputs(record.inputs, options.inputs !== 'refer'),
    outputs: record.outputs.map((facts) => ({ facts, target: `outputs/${facts.path}` })),
    descriptor: 'descriptor.json',
    record: 'run-record.json',
    logs:
      logs === undefined
        ? []
        : [
            {
              target: 'logs/stdout.log',
              source: logs.stdout,
              bytes: record.logs?.stdoutBytes ?? 0,
            },
            {
              target: 'logs/stderr.log',
              source: logs.stderr,
              bytes: record.logs?.stderrBytes ?? 0,
            },
          ],
  };
}

/** Each file once, whatever the number of inputs it was given to; equal names are told apart. */
function placedInputs(inputs: readonly InputFacts[], copied: boolean): PlacedInput[] {
  const byPath = Map.groupBy(inputs, ({ path }) => path);
  const taken = new Set<string>();
  return [...byPath.values()].flatMap((same) => {
    const [facts] = same;
    if (facts === undefined) return [];
    const inputIds = [...new Set(same.map(({ inputId }) => inputId))];
    if (!copied) return [{ inputIds, facts }];
    const name = baseName(facts.path);
    let target = `inputs/${name}`;
    for (let number = 2; taken.has(target); number += 1) target = `inputs/${number}-${name}`;
    taken.add(target);
    return [{ inputIds, facts, target }];
  });
}

export const baseName = (path: string): string =>
  path.split('/').findLast((part) => part !== '') ?? path;

/** Everything that must lie beside `ro-crate-metadata.json`. */
export function filesOf(record: RunRecord, layout: CrateLayout): CrateFile[] {
  return [
    { target: layout.descriptor, content: record.app.descriptorText },
    { target: layout.record, content: `${JSON.stringify(record, null, 2)}\n` },
    ...layout.inputs.flatMap(({ facts, target }) =>
      target === undefined ? [] : [{ target, source: facts.path, kind: facts.kind }],
    ),
    ...layout.outputs.map(({ facts, target }) => ({
      target,
      source: facts.location,
      kind: facts.kind,
    })),
    ...layout.logs.map(({ target, source }) => ({ target, source, kind: 'file' as const })),
  ];
}
