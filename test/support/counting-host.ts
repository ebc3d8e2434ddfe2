import type { SlurmHost } from '../../src/container/slurm/host.ts';

/** Called before each question and after its answer, with its number. */
type OnQuestion = (index: number, when: 'before' | 'after') => void;

/** A host that counts how often it is asked anything. */
export class CountingHost implements SlurmHost {
  readonly title: string;
  readonly asked: string[] = [];
  readonly #host: SlurmHost;
  readonly #onQuestion: OnQuestion;

  constructor(host: SlurmHost, onQuestion: OnQuestion = () => undefined) {
    this.#host = host;
    this.#onQuestion = onQuestion;
    this.title = host.title;
  }

  async ask(...[steps, options]: Parameters<SlurmHost['ask']>): ReturnType<SlurmHost['ask']> {
    const index = this.asked.length;
    this.asked.push(steps.map((step) => (step.do === 'run' ? step.argv[0] : step.do)).join(' '));
    this.#onQuestion(index, 'before');
    const answers = await this.#host.ask(steps, options);
    this.#onQuestion(index, 'after');
    return answers;
  }

  put(...args: Parameters<SlurmHost['put']>): Promise<void> {
    this.asked.push('put');
    return this.#host.put(...args);
  }

  get(...args: Parameters<SlurmHost['get']>): Promise<void> {
    this.asked.push('get');
    return this.#host.get(...args);
  }
}
