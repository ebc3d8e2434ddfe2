import { localTime } from './words.js';

const LOOK_AGAIN_MS = 3_000;

/**
 * Looks again and again until the page is left. A look that fails is made up for by the next; until then the
 * page says, once, of when it is.
 *
 * @param {() => Promise<unknown>} load
 * @param {AbortSignal} signal
 */
export async function again(load, signal) {
  const stale = document.getElementById('stale');
  let seenAt = Date.now();
  signal.addEventListener('abort', () => stale.replaceChildren());
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    if (signal.aborted || document.hidden) continue;
    try {
      await load();
      seenAt = Date.now();
      if (stale.textContent !== '') stale.replaceChildren();
    } catch {
      if (!signal.aborted && stale.textContent === '')
        stale.textContent = `The server does not answer. This is how it was at ${localTime(seenAt)}.`;
    }
  }
}
