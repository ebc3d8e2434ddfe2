/** How many requests of each caller are being answered now. */
export class InFlight {
  readonly #counts = new Map<string, number>();

  /** Counts one more, unless that would be more than `max`. Disposing the place gives it back, once. */
  enter(caller: string, max: number): Disposable | undefined {
    const count = this.#counts.get(caller) ?? 0;
    if (count >= max) return undefined;
    this.#counts.set(caller, count + 1);
    let isGivenBack = false;
    return {
      [Symbol.dispose]: () => {
        if (isGivenBack) return;
        isGivenBack = true;
        const left = (this.#counts.get(caller) ?? 1) - 1;
        // Whoever is gone leaves nothing behind: callers without a name come by address.
        if (left === 0) this.#counts.delete(caller);
        else this.#counts.set(caller, left);
      },
    };
  }

  get callers(): number {
    return this.#counts.size;
  }
}
