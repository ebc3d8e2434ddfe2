import { describe } from 'vitest';

import type { ContainerSpec, OutputChunk } from '../../src/container/index.ts';
import { FAKE_IMAGE, FakeEngine, FakeWorld, type FakeProgram } from '../support/fake-engine.ts';
import { fakeContract } from './contract.ts';

/** The few verbs of the probe that the life cycle's promises are told in. */
function probeProgram({ argv }: ContainerSpec): FakeProgram {
  const output: OutputChunk[] = [];
  const say = (stream: OutputChunk['stream'], bytes: Uint8Array): void => {
    output.push({ stream, bytes });
  };
  let program: FakeProgram = {};
  for (const [verb, value = ''] of verbsOf(argv)) {
    if (verb === 'out') say('stdout', textOf(value));
    if (verb === 'err') say('stderr', textOf(value));
    if (verb === 'all-bytes') {
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      say('stdout', all);
      say('stderr', all);
    }
    if (verb === 'exit') program = { ...program, exit: { exitCode: Number(value) } };
    if (verb === 'ignore-term') program = { ...program, onTerm: 'ignore' };
    if (verb === 'on-term') program = { ...program, onTerm: Number(value) };
    if (verb === 'sleep' && Number(value) > 10) program = { ...program, until: FOREVER };
  }
  return { ...program, output };
}

const FOREVER = new Promise<never>(() => undefined);

const verbsOf = (argv: readonly string[]): string[][] =>
  argv
    .join('\0')
    .split('\0then\0')
    .map((verb) => verb.split('\0'));

const textOf = (text: string): Uint8Array => Buffer.from(text.replaceAll('\\n', '\n'));

const OPENER = { module: '', export: '' };

describe('the fake engine ends, stops, finds and removes as real ones do', () => {
  fakeContract({
    setUp: async () => {
      const world = new FakeWorld();
      const engine = (): FakeEngine => new FakeEngine(probeProgram, { world });
      return { engine: engine(), another: engine, opener: OPENER, image: FAKE_IMAGE };
    },
    promises: ['exit-code', 'stop', 'init', 'find', 'nothing-left'],
    needPrograms: [
      'death by SIGHUP is exit code 129',
      'death by SIGKILL is exit code 137',
      'death by SIGSEGV is exit code 139',
      'death by SIGTERM is exit code 143',
      'a program that cannot be executed is told from one that failed: /no/such/program',
      'a program that cannot be executed is told from one that failed: no-such-program',
      'a program that cannot be executed is told from one that failed: /etc',
      'the times of start and end are those of the run',
      'a kill ends all it started, also what left its session and ignores SIGTERM',
      'it goes on when the process that started it is killed, and is adopted: no byte lost, its end known',
      'one that ended while nobody looked is found with its output and its end',
      'what a killed process started can be stopped and removed by another',
      'disposing ends all it started, also what left its session and ignores SIGTERM',
      'a background process does not outlive the program',
    ],
  });
});
