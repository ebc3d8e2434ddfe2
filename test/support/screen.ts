/**
 * What a terminal shows after what was written to it: text, line feeds, carriage returns, and the
 * sequences that drawing in place and on the whole screen need (ECMA-48 CUU, CUP, EL, ED; DEC's private modes
 * change nothing that is looked at here). Anything else is refused.
 */
export class Screen {
  readonly #columns: number;
  #rows: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  write(text: string): void {
    // eslint-disable-next-line no-control-regex -- what a terminal obeys
    for (const [piece] of text.matchAll(/\u001b\[[?\d;]*[A-Za-z]|[\s\S]/gu)) this.#obey(piece);
  }

  clear(): void {
    this.#rows = [''];
    this.#row = 0;
    this.#column = 0;
  }

  /** Without empty lines at the end. */
  lines(): string[] {
    const lines = this.#rows.map((row) => row.trimEnd());
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
  }

  #obey(piece: string): void {
    if (piece === '\n') {
      this.#row += 1;
      this.#column = 0;
      this.#rows[this.#row] ??= '';
    } else if (piece === '\r') this.#column = 0;
    else if (piece.startsWith('\u001b')) this.#control(piece);
    else {
      if (this.#column >= this.#columns) throw new RangeError('a line was wider than the screen');
      const row = (this.#rows[this.#row] ?? '').padEnd(this.#column);
      this.#rows[this.#row] = row.slice(0, this.#column) + piece + row.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  #control(piece: string): void {
    const kind = piece.at(-1);
    if (kind === 'A') this.#row = Math.max(0, this.#row - Number(piece.slice(2, -1) || 1));
    else if (kind === 'H') {
      const [row = '1', column = '1'] = piece.slice(2, -1).split(';');
      [this.#row, this.#column] = [Number(row) - 1, Number(column) - 1];
      while (this.#rows.length <= this.#row) this.#rows.push('');
    } else if (piece === '\u001b[2J') this.#rows = this.#rows.map(() => '');
    else if (kind === 'K' || kind === 'J') {
      this.#rows[this.#row] = (this.#rows[this.#row] ?? '').slice(0, this.#column);
      if (kind === 'J') this.#rows.length = this.#row + 1;
    } else if (kind !== 'm' && !piece.startsWith('\u001b[?'))
      throw new TypeError(`not ours: ${JSON.stringify(piece)}`);
  }
}
