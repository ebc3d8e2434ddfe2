import type { Configuration } from '../../site/index.ts';

/**
 * The settings that a running server goes by. Whoever needs one reads it here each time, and so follows
 * when they are replaced.
 */
export class RunningSettings {
  #current: Configuration;

  constructor(configuration: Configuration) {
    this.#current = configuration;
  }

  get current(): Configuration {
    return this.#current;
  }

  get values(): Configuration['values'] {
    return this.#current.values;
  }

  replace(configuration: Configuration): void {
    this.#current = configuration;
  }

  /** What `make` makes of them; made again only when they are others. */
  derived<Made>(make: (configuration: Configuration) => Made): () => Made {
    let from = this.#current;
    let made = make(from);
    return () => {
      if (from !== this.#current) {
        made = make(this.#current);
        from = this.#current;
      }
      return made;
    };
  }
}
