import type { LogChunk } from '../../store/index.ts';

/**
 * Bytes of a log in JSON: as text where they are whole UTF-8, so that people can read what is sent; else
 * in base64: no byte is changed.
 */
export function logContent({ stream, offset, at, bytes }: LogChunk): object {
  return { stream, offset, ...(at === undefined ? {} : { at }), ...contentOf(bytes) };
}

function contentOf(bytes: Uint8Array): { text: string } | { base64: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}
