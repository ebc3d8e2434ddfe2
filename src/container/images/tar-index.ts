import type { FileHandle } from 'node:fs/promises';

/** Where one file of a tar archive lies. */
export interface TarEntry {
  readonly offset: number;
  readonly size: number;
}

/** Not a tar archive, or one that ends too early; the sentence goes behind the archive's name. */
export class TarFault extends Error {
  static {
    this.prototype.name = 'TarFault';
  }
}

const BLOCK = 512;

/**
 * Every regular file of a tar archive (POSIX ustar and pax, GNU), by its name without a leading
 * `./`. Reads the headers alone, so that an archive of gigabytes costs milliseconds. A link counts
 * as the file it leads to (`docker save` links equal layers). Throws `TarFault`.
 */
export async function indexTar(file: FileHandle): Promise<ReadonlyMap<string, TarEntry>> {
  const { size: archiveBytes } = await file.stat();
  const entries = new Map<string, TarEntry>();
  const links = new Map<string, string>();
  let position = 0;
  let extended: Extended = {};
  while (position + BLOCK <= archiveBytes) {
    const header = await readAt(file, position, BLOCK);
    if (header.every((byte) => byte === 0)) break;
    if (!checksumFits(header))
      throw new TarFault(position === 0 ? 'is not a tar archive' : 'is damaged: a header is wrong');
    const type = String.fromCharCode(header[156] ?? 0);
    const size = extended.size ?? numberIn(header.subarray(124, 136));
    const offset = position + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0 || offset + size > archiveBytes)
      throw new TarFault('is cut off: it ends within a file');
    position = offset + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'x' || type === 'L' || type === 'K') {
      extended = {
        ...extended,
        ...extendedBy(type, await readAt(file, offset, Math.min(size, EXTENDED_BYTES_MAX))),
      };
      continue;
    }
    if (type === 'g') continue;
    const name = plainName(extended.path ?? nameIn(header));
    if (type === '0' || type === '\0' || type === '7') entries.set(name, { offset, size });
    if (type === '1' || type === '2')
      links.set(
        name,
        linkTarget(name, extended.linkpath ?? textIn(header.subarray(157, 257)), type),
      );
    extended = {};
  }
  if (position === 0) throw new TarFault('is not a tar archive');
  for (const [name, target] of links) {
    const entry = entries.get(target);
    if (entry !== undefined) entries.set(name, entry);
  }
  return entries;
}

/** Names and sizes too long for a header; nobody's are longer than this. */
const EXTENDED_BYTES_MAX = 1_048_576;

interface Extended {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
}

function extendedBy(type: 'x' | 'L' | 'K', bytes: Buffer): Extended {
  if (type === 'L') return { path: textIn(bytes) };
  if (type === 'K') return { linkpath: textIn(bytes) };
  // pax: records of `LENGTH KEY=VALUE\n`, the length counting itself.
  const found: { path?: string; linkpath?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, Math.max(at, space)));
    if (space < 0 || !Number.isInteger(length) || length <= 0) break;
    const [, key, value = ''] =
      /^([^=]*)=(.*)\n?$/s.exec(bytes.toString('utf8', space + 1, at + length)) ?? [];
    if (key === 'path' || key === 'linkpath') found[key] = value;
    if (key === 'size') found.size = Number(value);
    at += length;
  }
  return found;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new TarFault('is cut off: it ends within a file');
  return buffer;
}

function checksumFits(header: Buffer): boolean {
  let sum = 0;
  // The checksum counts its own field as spaces.
  for (let i = 0; i < BLOCK; i += 1) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0);
  return sum === numberIn(header.subarray(148, 156));
}

/** Octal text, or from 8 GiB on big-endian bytes behind 0x80 (GNU). */
function numberIn(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) === 0) return parseInt(textIn(field).trim() || '0', 8);
  return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
}

function textIn(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

function nameIn(header: Buffer): string {
  const name = textIn(header.subarray(0, 100));
  const ustar = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = ustar ? textIn(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

const plainName = (name: string): string => name.replace(/^(?:\.?\/+)+/, '');

/** A hard link names a member of the archive; a symbolic link a place as seen from its own. */
function linkTarget(name: string, target: string, type: '1' | '2'): string {
  if (type === '1') return plainName(target);
  const steps = [...name.split('/').slice(0, -1), ...target.split('/')];
  const kept: string[] = [];
  for (const step of steps)
    if (step === '..') kept.pop();
    else if (step !== '.' && step !== '') kept.push(step);
  return kept.join('/');
}
