import { readFileSync } from 'node:fs';

import type { RunState } from '../../src/runner/index.ts';
import { probeLog } from '../support/probe-log.ts';
import type { Chance } from './chance.ts';

const DESCRIPTOR = JSON.parse(
  readFileSync(new URL('../../apps/probe/descriptor.json', import.meta.url), 'utf8'),
) as object;

/** A run to be submitted, and what it must come to. */
export interface Job {
  readonly key: string;
  readonly body: object;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitCode: number;
  readonly state: RunState;
}

interface Piece {
  readonly verbs: readonly string[];
  readonly stdout?: Buffer;
  readonly stderr?: Buffer;
}

/** A run of the probe whose every byte is known beforehand: some are over at once, some take seconds. */
export function randomJob(chance: Chance, number: number): Job {
  const pieces = Array.from({ length: chance.between(1, 3) }, () => randomPiece(chance));
  const exitCode = chance.happens(0.2) ? chance.between(1, 99) : 0;
  const verbs = [
    ...pieces.flatMap(({ verbs: words }) => [...words, 'then']),
    'exit',
    String(exitCode),
  ];
  return {
    key: `job ${number}`,
    body: {
      descriptor: DESCRIPTOR,
      parameters: { verbs },
      priority: chance.between(-2, 2),
      options: { retries: 0 },
    },
    stdout: Buffer.concat(pieces.map(({ stdout = Buffer.alloc(0) }) => stdout)),
    stderr: Buffer.concat(pieces.map(({ stderr = Buffer.alloc(0) }) => stderr)),
    exitCode,
    state: exitCode === 0 ? 'COMPLETE' : 'EXECUTOR_ERROR',
  };
}

function randomPiece(chance: Chance): Piece {
  const every = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  return chance.oneOf<() => Piece>([
    () => ({ verbs: ['out', 'a partial line'], stdout: Buffer.from('a partial line') }),
    () => ({ verbs: ['err', 'é\\n'], stderr: Buffer.from('é\n') }),
    () => ({ verbs: ['all-bytes'], stdout: every, stderr: every }),
    () => interleaved(chance.between(1, 200)),
    () => logged(chance.between(1, 400_000)),
    () => ({ verbs: ['sleep', String(chance.between(1, 20) / 10)] }),
  ])();
}

function interleaved(lines: number): Piece {
  const of = (word: string): Buffer =>
    Buffer.from(Array.from({ length: lines }, (_, at) => `${word} ${at + 1}\n`).join(''));
  return { verbs: ['interleave', String(lines)], stdout: of('out'), stderr: of('err') };
}

const logged = (bytes: number): Piece => ({
  verbs: ['log', 'both', String(bytes)],
  stdout: probeLog(bytes),
  stderr: probeLog(bytes),
});
