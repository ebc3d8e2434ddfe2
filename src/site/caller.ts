/** Who asks: where relative paths begin, which variables there are, and what is on standard input. */
export interface Caller {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Everything on standard input, as bytes. */
  readonly readStdin: () => Promise<Buffer>;
}
