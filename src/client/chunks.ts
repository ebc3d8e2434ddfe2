import type { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { unreachable, type Connection } from './connection.ts';

/**
 * The bytes of an answer as they come; leaving the loop ends the request. Throws `server-unreachable`
 * when the connection breaks, or is silent for longer than a server ever is. (Not every browser can
 * loop over a body.)
 */
export async function* chunksOf(
  response: Response,
  { url, clock }: Connection,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  if (reader === undefined) return;
  try {
    for (;;) {
      using silence = clock.deadline(LIMITS.clientSilenceMs, () => new TypeError('it is silent'));
      const { done, value } = await Promise.race([reader.read(), fired(silence.signal)]);
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (signal?.aborted === true) return;
    throw unreachable(url, error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

const fired = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as RunnerError);
    });
  });

/** Bytes of a message, which are text where they are UTF-8. */
export function bytesIn({ text, base64 }: { text?: unknown; base64?: unknown }): Uint8Array {
  if (typeof base64 === 'string')
    return Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0));
  return new TextEncoder().encode(String(text));
}
