import { posix } from 'node:path';

import { shellQuote } from '../../base/shell-quote.ts';
import type { BatchItem, Client } from '../../client/index.ts';
import type { BatchReport, BatchResult } from '../../report/index.ts';
import { isTerminal, type Failure } from '../../runner/index.ts';
import {
  foldersOf,
  parseCount,
  recordedDescriptor,
  recordedParameters,
  valuesOfFlags,
  type RunFlags,
} from '../../site/index.ts';
import { checkEach, itemFolders, type NamedItem } from '../../site/batch/index.ts';
import { optionalText, texts } from '../arguments.ts';
import type {
  AskedBatch,
  BatchesPort,
  BegunBatch,
  CheckedBatch,
  ListedBatch,
} from '../batch/batches-port.ts';
import { sourceText } from '../batch/given-items.ts';
import type { CommandArguments } from '../commands.ts';
import { placingOf } from '../placing.ts';
import { batchArgument } from '../runs-port/batch-argument.ts';
import { recordOf } from '../runs-port/server-runs.ts';
import type { Terminal } from '../terminal.ts';
import { batchValues, type ServerItem } from './batch-submission.ts';
import { checkedValues, submitWithFiles } from './checked-values.ts';
import { tellDeprecated } from './server-app.ts';
import { givenValues, submittedOptions } from './submission.ts';
import { submitTyped } from './typed-values.ts';
import { watchBatch } from './watch-batch.ts';

/** The batches of a server. Outputs are brought to `--out` as each item ends. */
export class ServerBatches implements BatchesPort {
  readonly flag: string;
  readonly outFlag: string;
  readonly #client: Client;
  readonly #args: CommandArguments;
  readonly #terminal: Terminal;

  constructor(client: Client, args: CommandArguments, terminal: Terminal) {
    this.#client = client;
    this.#args = args;
    this.#terminal = terminal;
    const out = optionalText(args['out']);
    this.outFlag = out === undefined ? '' : ` --out ${shellQuote(out)}`;
    this.flag = args['server'] === undefined ? '' : ` --server ${shellQuote(client.url)}`;
  }

  async check(asked: AskedBatch): Promise<CheckedBatch> {
    const { file, flags, named, given, source } = asked;
    const { descriptor } = file;
    const { cwd, env } = this.#terminal;
    const options = submittedOptions(flags, env);
    const placing = placingOf(this.#args);
    const shared = await givenValues(descriptor, flags, named, this.#terminal);
    const prepare = async (item: NamedItem): Promise<ServerItem> => {
      const raw = { user: { ...shared.user, ...item.values }, server: shared.server };
      const { in: inFolder = flags.in, gt = flags.gt, folder } = item;
      const folders = foldersOf(
        {
          ...(inFolder === undefined ? {} : { in: inFolder }),
          ...(gt === undefined ? {} : { gt }),
          ...(flags.out === undefined ? {} : { out: posix.join(flags.out, folder) }),
        },
        cwd,
      );
      return { ...(await checkedValues(descriptor, raw, folders, cwd)), own: item.values };
    };
    const items = await checkEach(given, sourceText(source), descriptor, prepare);
    return {
      items: items.map(({ name, prepared: { invocation, folders } }, index) => ({
        ...{ item: name, index, folders },
        parameters: recordedParameters(descriptor, invocation),
      })),
      begin: async () => {
        tellDeprecated(file.app, this.#say(flags));
        const paths = items.flatMap(({ prepared }) => prepared.paths);
        const batch = await submitWithFiles(paths, this.#client, this.#say(flags), (referTo) =>
          this.#client.batches.submit({
            ...(file.app === undefined ? { descriptor: file.text } : { app: file.app.reference }),
            ...batchValues(items, descriptor, cwd, referTo),
            ...(asked.jobs === undefined ? {} : { atOnce: asked.jobs }),
            options,
            ...placing,
          }),
        );
        return this.#begun(batch.batchId, new Set());
      },
    };
  }

  async goOn(batch: string, retry: boolean, args: CommandArguments): Promise<BegunBatch> {
    const batchId = await batchArgument(batch, this.#client);
    const items = await this.#items(batchId);
    const known = items.filter(({ state }) => isTerminal(state));
    if (retry && known.some(({ state }) => state !== 'COMPLETE'))
      await this.#retry(batchId, items, args);
    return this.#begun(batchId, new Set(known.map(({ runId }) => runId)));
  }

  async #retry(
    batchId: string,
    [first]: readonly BatchItem[],
    args: CommandArguments,
  ): Promise<void> {
    const client = this.#client;
    const terminal = this.#terminal;
    const record = recordOf(await client.runs.show(first?.runId ?? ''), client.url);
    const values = await valuesOfFlags(
      { params: texts(args['param']), serverParams: texts(args['server-param']) },
      terminal,
    );
    const jobs = optionalText(args['jobs']);
    const changes = {
      environment: texts(args['env']),
      options: Object.fromEntries(
        (['memory', 'cpus', 'timeout'] as const).flatMap((name) => {
          const given = optionalText(args[name]);
          return given === undefined ? [] : [[name, given]];
        }),
      ),
      ...(jobs === undefined ? {} : { atOnce: parseCount(jobs) }),
      ...placingOf(args),
    };
    const descriptor = await recordedDescriptor(record.app);
    const say = this.#say(args as unknown as RunFlags);
    await submitTyped({ descriptor, values, client, terminal, say }, (typed) =>
      client.batches.retry(batchId, { ...typed, ...changes }),
    );
  }

  async report(batch: string): Promise<BatchReport> {
    const batchId = await batchArgument(batch, this.#client);
    const {
      createdAt,
      app,
      items: count,
      submitter,
      summary,
    } = await this.#client.batches.show(batchId);
    const items = await this.#items(batchId);
    const folderOf = this.#foldersOf(items);
    const outFolder = this.#folder();
    return {
      ...{ batchId, createdAt, summary },
      batch: {
        ...{ app, items: count },
        ...(submitter === undefined ? {} : { submitter }),
        ...(outFolder === undefined ? {} : { outFolder }),
      },
      items: items.map((item) => resultOf(item, folderOf(item.index))),
    };
  }

  async list(limit: number): Promise<readonly ListedBatch[]> {
    return (await this.#client.batches.page({ limit })).batches;
  }

  [Symbol.dispose](): void {
    // Nothing is held between two requests.
  }

  async #begun(batchId: string, known: ReadonlySet<string>): Promise<BegunBatch> {
    const items = await this.#items(batchId);
    const watched = { batchId, items, known, folderOf: this.#foldersOf(items) };
    return {
      batchId,
      states: new Map(
        items.filter(({ runId }) => !known.has(runId)).map(({ runId }) => [runId, 'QUEUED']),
      ),
      watch: (display) => watchBatch(watched, this.#client, display),
    };
  }

  async #items(batchId: string): Promise<readonly BatchItem[]> {
    const items: BatchItem[] = [];
    for await (const item of this.#client.batches.items(batchId)) items.push(item);
    return items;
  }

  /** Below `--out`, if it was given. */
  #folder(step = ''): string | undefined {
    const out = optionalText(this.#args['out']);
    return out === undefined ? undefined : posix.resolve(this.#terminal.cwd, out, step);
  }

  #foldersOf(items: readonly BatchItem[]): (index: number) => string | undefined {
    if (this.#folder() === undefined) return () => undefined;
    const steps = itemFolders(items.map(({ item }) => item));
    const byIndex = new Map(items.map(({ index }, at) => [index, steps[at]]));
    return (index) => this.#folder(byIndex.get(index));
  }

  #say({ quiet }: RunFlags): (line: string) => void {
    return (line) => {
      if (quiet !== true) this.#terminal.err(`${line}\n`);
    };
  }
}

function resultOf(item: BatchItem, outFolder: string | undefined): BatchResult {
  const { startedAt, createdAt, endedAt, exitCode, failure } = item;
  return {
    ...{ item: item.item, index: item.index, runId: item.runId, state: item.state },
    createdAt: startedAt ?? createdAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(failure === undefined ? {} : { failure: failure as Failure }),
    ...(outFolder === undefined ? {} : { outFolder }),
  };
}
