import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/*
 * A way to a server that is cut once: `node cut-connection-program.ts PORT FOLDER BYTES`, as ssh's
 * ProxyCommand. The first connection that has sent so many bytes ends there. FOLDER has a file for each
 * connection, `1`, `2` …, that holds how many bytes it has sent.
 */
const [port = '', folder = '', bytes = ''] = process.argv.slice(2);
const number = readdirSync(folder).length + 1;
const note = openSync(join(folder, String(number)), 'wx');
const server = connect(Number(port), '127.0.0.1');
let sent = 0;
const end = (): never => {
  closeSync(note);
  process.exit(0);
};
process.stdin.on('data', (chunk: Buffer) => {
  sent += chunk.length;
  writeSync(note, String(sent), 0);
  if (number === 1 && sent > Number(bytes)) end();
  server.write(chunk);
});
server.on('data', (chunk) => process.stdout.write(chunk));
for (const over of [server, process.stdin]) over.on('close', end).on('error', end);
