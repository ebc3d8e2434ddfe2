import { posix } from 'node:path';

/** A shared file system in memory, where what is written may be seen only later. */
export class FakeFiles {
  readonly #files = new Map<
    string,
    { bytes: Buffer; seenFromMs: number; before: Buffer | undefined }
  >();
  readonly #folders = new Set<string>(['/']);
  readonly #nowMs: () => number;
  readonly #lagMs: (path: string) => number;

  /** `lagMs`: how long another machine's writing stays unseen. */
  constructor(nowMs: () => number, lagMs: (path: string) => number) {
    this.#nowMs = nowMs;
    this.#lagMs = lagMs;
  }

  /** As the machine that asks sees it. */
  read(path: string): Buffer | undefined {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    return file.seenFromMs <= this.#nowMs() ? file.bytes : file.before;
  }

  /** `elsewhere`: by a node, so that it is seen only after the lag. */
  write(path: string, bytes: Buffer, elsewhere?: 'elsewhere'): void {
    const before = this.read(path);
    const seenFromMs = this.#nowMs() + (elsewhere === undefined ? 0 : this.#lagMs(path));
    this.#files.set(path, { bytes, seenFromMs, before });
  }

  append(path: string, bytes: Buffer, elsewhere?: 'elsewhere'): void {
    const now = this.#files.get(path)?.bytes ?? Buffer.alloc(0);
    this.write(path, Buffer.concat([now, bytes]), elsewhere);
  }

  makeFolder(path: string, fresh: boolean): boolean {
    if (fresh && this.#folders.has(path)) return false;
    for (let at = path; at !== '/'; at = posix.dirname(at)) this.#folders.add(at);
    return true;
  }

  /** Both sides ask one server, so that one of two wins. */
  move(from: string, to: string): boolean {
    const file = this.#files.get(from);
    if (file === undefined) return false;
    this.#files.delete(from);
    this.#files.set(to, file);
    return true;
  }

  has(path: string): boolean {
    return this.#files.has(path) || this.#folders.has(path);
  }

  remove(path: string): void {
    for (const known of [...this.#files.keys()])
      if (known === path || known.startsWith(`${path}/`)) this.#files.delete(known);
    for (const known of [...this.#folders])
      if (known === path || known.startsWith(`${path}/`)) this.#folders.delete(known);
  }

  list(folder: string): string[] {
    const inside = [...this.#files.keys()].filter((path) => this.read(path) !== undefined);
    const names = [...inside, ...this.#folders]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1).split('/')[0] ?? '');
    return [...new Set(names)].sort();
  }
}
