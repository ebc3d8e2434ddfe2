import { LIMITS } from '../../base/limits.ts';

/** What cannot stand in a file's name, or would trip a terminal or a shell script that meets it. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|]+/gu;

/**
 * The nearest name that is safe to give a new file: no separator, no control or invisible character,
 * not hidden, not `.` or `..`, within a file system's bounds. Its extension stays: apps go by it.
 */
export function safeFileName(wanted: string): string {
  const base = wanted.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const clean = base
    .normalize('NFC')
    .replaceAll(UNSAFE, '_')
    .replace(/^[.\s-]+/, '')
    .replace(/[.\s]+$/, '');
  return clean === '' ? 'file' : shortened(clean);
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= LIMITS.givenNameBytesMax) return name;
  const at = name.lastIndexOf('.');
  const extension = at > 0 && name.length - at <= 16 ? name.slice(at) : '';
  const room = new Uint8Array(LIMITS.givenNameBytesMax - Buffer.byteLength(extension));
  // Cuts between characters, never within one.
  const { read } = new TextEncoder().encodeInto(name, room);
  return name.slice(0, read) + extension;
}
