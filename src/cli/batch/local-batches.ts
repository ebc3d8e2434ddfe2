import { batchSummary, type BatchReport } from '../../report/index.ts';
import type { RunOptions } from '../../runner/index.ts';
import { gatherValues, parseCount, valuesOfFlags, type Configuration } from '../../site/index.ts';
import { batchFacts, checkItems, createBatch, oldBatchWork } from '../../site/batch/index.ts';
import { openRuns, type OpenedRuns } from '../../site/runs/index.ts';
import { optionalText, texts } from '../arguments.ts';
import type { CommandArguments } from '../commands.ts';
import type { Terminal } from '../terminal.ts';
import type {
  AskedBatch,
  BatchesPort,
  BegunBatch,
  CheckedBatch,
  ListedBatch,
} from './batches-port.ts';
import { resultOf } from './display.ts';
import { sourceText } from './given-items.ts';
import { runBatch, type BatchWork } from './run-batch.ts';

/** The batches of this machine's data folder, which is opened when something of it is needed. */
export class LocalBatches implements BatchesPort {
  readonly flag = '';
  /** The batch itself knows. */
  readonly outFlag = '';
  readonly #terminal: Terminal;
  readonly #configuration: Configuration;
  #runs: OpenedRuns | undefined;

  constructor(terminal: Terminal, configuration: Configuration) {
    this.#terminal = terminal;
    this.#configuration = configuration;
  }

  async check({ file, flags, named, given, source, jobs }: AskedBatch): Promise<CheckedBatch> {
    const caller = this.#terminal;
    const configuration = this.#configuration;
    const shared = await gatherValues(
      file.descriptor,
      {
        params: flags.param ?? [],
        serverParams: flags['server-param'] ?? [],
        invocationFile: flags.invocation,
        named,
        serverDefaults: configuration.serverParameters,
      },
      caller,
    );
    const context = { file, flags, shared, configuration, caller };
    const items = await checkItems(given, sourceText(source), context);
    return {
      items: items.map(({ name, prepared: { created } }, index) => ({
        item: name,
        index,
        parameters: created.parameters,
        folders: created.folders,
      })),
      begin: async () => {
        const runs = await this.#open();
        const facts = batchFacts(file, source.file ?? source.each ?? '', items.length, context);
        const { batchId, runs: queued } = await createBatch(runs.store, items, facts);
        return this.#begun(batchId, { queued, begun: [] }, jobs);
      },
    };
  }

  async goOn(batch: string, retry: boolean, args: CommandArguments): Promise<BegunBatch> {
    const { store } = await this.#open();
    const batchId = store.batches.resolve(batch);
    const jobs = optionalText(args['jobs']);
    const work = await oldBatchWork(store, batchId, retry, {
      values: await valuesOfFlags(
        { params: texts(args['param']), serverParams: texts(args['server-param']) },
        this.#terminal,
      ),
      environment: texts(args['env']),
      currentImage: false,
      caller: this.#terminal,
      options: givenAnew(args, this.#configuration),
    });
    return this.#begun(batchId, work, jobs === undefined ? undefined : parseCount(jobs));
  }

  async report(batch: string): Promise<BatchReport> {
    const { store } = await this.#open();
    const id = store.batches.resolve(batch);
    const { createdAt, batchId, ...facts } = store.batches.read(id);
    const items = store.batches.items(id);
    return {
      batchId,
      createdAt,
      batch: facts,
      summary: batchSummary(items.map(({ state }) => state)),
      items: items.map(({ runId }) => resultOf(store.read(runId))),
    };
  }

  async list(limit: number): Promise<readonly ListedBatch[]> {
    const { batches } = (await this.#open()).store;
    return batches.list(limit).map((one) => ({
      ...one,
      summary: batchSummary(batches.items(one.batchId).map(({ state }) => state)),
    }));
  }

  [Symbol.dispose](): void {
    this.#runs?.[Symbol.dispose]();
  }

  async #open(): Promise<OpenedRuns> {
    return (this.#runs ??= await openRuns(this.#terminal, this.#configuration));
  }

  #begun(
    batchId: string,
    { queued, begun }: Pick<BatchWork, 'queued' | 'begun'>,
    jobs: number | undefined,
  ): BegunBatch {
    const options = queued[0]?.created.options ?? begun[0]?.options;
    return {
      batchId,
      states: new Map([
        ...queued.map(({ runId }) => [runId, 'QUEUED'] as const),
        ...begun.map(({ runId, state }) => [runId, state] as const),
      ]),
      watch: async (display) =>
        options === undefined
          ? false
          : runBatch({ queued, begun, options, jobs }, await this.#open(), display),
    };
  }
}

/** Limits that a retry is given in place of those that were too small. */
function givenAnew(args: CommandArguments, { values }: Configuration): Partial<RunOptions> {
  const memoryBytes = args['memory'] === undefined ? undefined : values['limits.memory'];
  const cpus = args['cpus'] === undefined ? undefined : values['limits.cpus'];
  const timeoutMs = args['timeout'] === undefined ? undefined : values['limits.timeout'];
  return {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
