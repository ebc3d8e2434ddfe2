/**
 * Makes `new Intl.Segmenter()` cost nothing until it is used. Import this before yargs: its width
 * calculations construct three of them when they are loaded, 20 ms each, for a help text that most
 * runs never print.
 */
const RealSegmenter = Intl.Segmenter;

class LazySegmenter {
  static supportedLocalesOf(
    ...args: Parameters<typeof RealSegmenter.supportedLocalesOf>
  ): string[] {
    return RealSegmenter.supportedLocalesOf(...args);
  }
  readonly #arguments: ConstructorParameters<typeof RealSegmenter>;
  #real: Intl.Segmenter | undefined;

  constructor(...args: ConstructorParameters<typeof RealSegmenter>) {
    this.#arguments = args;
  }
  segment(input: string): Intl.Segments {
    return this.#segmenter.segment(input);
  }
  resolvedOptions(): Intl.ResolvedSegmenterOptions {
    return this.#segmenter.resolvedOptions();
  }
  get #segmenter(): Intl.Segmenter {
    this.#real ??= new RealSegmenter(...this.#arguments);
    return this.#real;
  }
}

Object.defineProperty(Intl, 'Segmenter', {
  value: LazySegmenter,
  configurable: true,
  writable: true,
});
