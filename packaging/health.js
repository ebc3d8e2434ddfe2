// For HEALTHCHECK: exit code 0 where the server of this container answers that it lives, with TLS or
// without. It is asked where CYTO_RUN_LISTEN says, else where a server listens by default.
import http from 'node:http';
import https from 'node:https';
import process from 'node:process';

const listen = process.env.CYTO_RUN_LISTEN || '127.0.0.1:8350';
const port = listen.split(':').at(-1);
const given = listen.slice(0, -port.length - 1).replace(/^\[(.*)\]$/, '$1');
const host = ['', '0.0.0.0', '::'].includes(given) ? '127.0.0.1' : given;

ask(http, () => ask(https, () => process.exit(1)));

function ask(protocol, otherwise) {
  // Its certificate is for the name that others know it by.
  const options = { host, port, path: '/health/live', rejectUnauthorized: false, timeout: 4_000 };
  const request = protocol.get(options, ({ statusCode }) =>
    statusCode === 200 ? process.exit(0) : otherwise(),
  );
  request.on('timeout', () => request.destroy());
  request.on('error', otherwise);
}
