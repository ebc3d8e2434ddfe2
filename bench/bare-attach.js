/*
 * `node bench/bare-attach.js LOG-DRIVER BYTES`: what a program does at least to get an app's output
 * through dockerode: create, attach, start, read, wait, remove. It does not
 * even take the frames apart. The engine's own copy of the log is kept as ours is, where `local` keeps
 * it: in one file, not compressed. Fails when bytes are missing.
 */
import Docker from 'dockerode';

const [driver, bytes] = process.argv.slice(2);
const LOCAL = { 'max-size': '100g', 'max-file': '1', compress: 'false' };
const docker = new Docker();
const container = await docker.createContainer({
  Image: 'cyto-run/probe:1',
  Cmd: ['log', 'stdout', bytes],
  HostConfig: {
    NetworkMode: 'none',
    LogConfig: { Type: driver, Config: driver === 'local' ? LOCAL : {} },
  },
});
const stream = await container.attach({ stream: true, stdout: true, stderr: true, hijack: true });
let read = 0;
stream.on('data', (chunk) => {
  read += chunk.length;
});
const ended = new Promise((resolve) => stream.on('end', resolve));
await container.start();
await ended;
await container.wait();
await container.remove();
// With the headers of the frames there are a few more.
if (read <= Number(bytes)) throw new Error(`${read} bytes came of ${bytes}`);
