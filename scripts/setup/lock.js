import { connect, createServer } from 'node:net';

/** A whole bare-machine set-up takes three minutes; longer means the other one hangs. */
const WAIT_MS = 15 * 60_000;

/**
 * Makes set-ups on one machine take turns. The lock is an abstract unix socket: the kernel gives it
 * to one process and takes it back when that process dies, however it dies, so nothing stale is ever
 * left to clean up. Elsewhere than on Linux there is no such socket and nothing is installed beyond
 * this folder: no lock is taken.
 *
 * @param {string} name
 * @param {() => void} onWait called once, when another process holds the lock
 * @param {{ platform?: string, waitMs?: number }} [options]
 * @returns {Promise<() => Promise<void>>} gives the lock back
 * @throws {Error} when the holder does not finish in time
 */
export async function acquireLock(name, onWait, options = {}) {
  const { platform = process.platform, waitMs = WAIT_MS } = options;
  if (platform !== 'linux') return async () => {};
  const path = `\0${name}`;
  const giveUp = AbortSignal.timeout(waitMs);
  for (let waited = false; ; waited = true) {
    const release = await tryListen(path);
    if (release !== undefined) return release;
    if (giveUp.aborted) throw new Error(`another set-up has held "${name}" for too long`);
    if (!waited) onWait();
    await holderGone(path, giveUp);
  }
}

/** Holds the name, or resolves to undefined when another process has it. */
function tryListen(path) {
  return new Promise((resolve, reject) => {
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      // A waiter that was interrupted is no business of ours.
      socket.on('error', () => {}).on('close', () => waiting.delete(socket));
    });
    server.once('error', (error) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => {
      server.unref();
      resolve(
        () =>
          new Promise((released) => {
            server.close(() => released());
            for (const socket of waiting) socket.destroy();
          }),
      );
    });
  });
}

/** Resolves when the process that holds the name lets go of it, or `giveUp` fires. */
function holderGone(path, giveUp) {
  return new Promise((resolve) => {
    const socket = connect(path);
    const stop = () => socket.destroy();
    giveUp.addEventListener('abort', stop, { once: true });
    socket.on('error', () => {});
    socket.resume();
    socket.once('close', () => {
      giveUp.removeEventListener('abort', stop);
      resolve();
    });
  });
}
