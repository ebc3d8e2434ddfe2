import type { ContainerSpec, OutputChunk } from '../../src/container/index.ts';
import { FAKE_IMAGE, FakeEngine, FakeWorld, type FakeProgram } from '../support/fake-engine.ts';
import { engineContract } from './contract.ts';

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

engineContract(
  'the fake engine',
  async () => {
    const world = new FakeWorld();
    const engine = (): FakeEngine => new FakeEngine(probeProgram, { world });
    return { engine: engine(), another: engine, image: FAKE_IMAGE };
  },
  ['lifecycle'],
);
