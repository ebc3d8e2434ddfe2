/*
 * `node bench/bare-attach.js LOG-DRIVER BYTES`: what a program does at least to get an app's output
 * through dockerode: create, attach, start, read, wait, remove. Fails when bytes are missing.
 */
import Docker from 'dockerode';
import { Writable } from 'node:stream';

const [driver, bytes] = process.argv.slice(2);
const docker = new Docker();
const container = await docker.createContainer({
  Image: 'cyto-run/probe:1',
  Cmd: ['log', 'stdout', bytes],
  HostConfig: { NetworkMode: 'none', LogConfig: { Type: driver, Config: {} } },
});
const stream = await container.attach({ stream: true, stdout: true, stderr: true, hijack: true });
let read = 0;
const counting = new Writable({
  write(chunk, _encoding, done) {
    read += chunk.length;
    done();
  },
});
container.modem.demuxStream(stream, counting, counting);
const ended = new Promise((resolve) => stream.on('end', resolve));
await container.start();
await ended;
await container.wait();
await container.remove();
if (read !== Number(bytes)) throw new Error(`${read} bytes came of ${bytes}`);
