import { createInterface } from 'node:readline/promises';

import { RunnerError } from '../../base/errors.ts';
import type { Dialect } from '../../descriptor/index.ts';
import { Ids, nameOf, type DraftParameter } from '../../descriptor/draft/index.ts';

/** Asks one question; resolves to what was typed, without spaces around it. */
export type Ask = (question: string) => Promise<string>;

/** What a person said about an app. */
export interface Answers {
  readonly dialect: Dialect;
  readonly name: string;
  readonly description: string;
  readonly image: string;
  readonly command: string;
  readonly parameters: readonly DraftParameter[];
}

/** Whether there is a person who can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/**
 * Asks on the terminal, on stderr; `use` gets the way to ask. Throws `canceled` when the person
 * leaves by Ctrl-C or Ctrl-D.
 */
export async function onTerminal<Result>(use: (ask: Ask) => Promise<Result>): Promise<Result> {
  using terminal = createInterface({ input: process.stdin, output: process.stderr });
  // A question that is left would never be answered, nor fail.
  const left = new Promise<never>((_, reject) => {
    terminal.once('close', () => {
      reject(new RunnerError('canceled', 'no more answers: nothing was written'));
    });
  });
  return await Promise.race([
    left,
    use(async (question) => (await terminal.question(question)).trim()),
  ]);
}

/** A few questions; an empty answer takes what stands in brackets. */
export async function askAboutApp(ask: Ask, folderName: string): Promise<Answers> {
  const name = await asked(ask, 'Name of the app', folderName);
  const description = await asked(ask, 'What does it do, in a sentence', name);
  const platform = await oneOf(ask, 'For boutiques or cytomine', ['boutiques', 'cytomine']);
  const image = await asked(
    ask,
    'Container image, for example me/app:1',
    `${name.toLowerCase()}:1`,
  );
  const command = await asked(ask, 'How it is started', 'python3 /app/run.py');
  const parameters = await askAboutParameters(ask);
  const dialect = platform === 'cytomine' ? 'cytomine-0.1' : 'boutiques-0.5';
  return { dialect, name, description, image, command, parameters };
}

const KINDS = ['text', 'number', 'file', 'switch', 'output'] as const;

async function askAboutParameters(ask: Ask): Promise<DraftParameter[]> {
  const parameters: DraftParameter[] = [];
  const ids = new Ids();
  for (;;) {
    const flag = await ask('Next parameter, as a flag or a name (nothing to end): ');
    if (flag === '') return parameters;
    const id = ids.make(flag.replace(/^-+/, ''));
    const kind = await oneOf(ask, `  ${id} is a ${KINDS.join(', ')}`, KINDS);
    const byDefault =
      kind === 'switch' || kind === 'file'
        ? ''
        : await ask(`  default of ${id} (nothing for none): `);
    const required =
      kind !== 'switch' &&
      byDefault === '' &&
      (await oneOf(ask, `  is ${id} required`, ['yes', 'no'])) === 'yes';
    parameters.push({
      id,
      name: nameOf(id),
      kind:
        kind === 'number' && byDefault !== '' && !Number.isFinite(Number(byDefault))
          ? 'text'
          : kind,
      // A switch is nothing without a flag.
      ...(flag.startsWith('-') ? { flag } : kind === 'switch' ? { flag: `--${flag}` } : {}),
      required,
      ...(byDefault === '' ? {} : { defaults: [byDefault] }),
    });
  }
}

async function asked(ask: Ask, question: string, fallback: string): Promise<string> {
  const answer = await ask(`${question} [${fallback}]: `);
  return answer === '' ? fallback : answer;
}

/** Asks until the answer is the beginning of one of the words; nothing is the first. */
async function oneOf<Word extends string>(
  ask: Ask,
  question: string,
  words: readonly [Word, ...Word[]],
): Promise<Word> {
  for (;;) {
    const answer = (await asked(ask, question, words[0])).toLowerCase();
    const word = words.find((one) => one.startsWith(answer));
    if (word !== undefined) return word;
  }
}
