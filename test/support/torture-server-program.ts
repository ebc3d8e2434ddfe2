import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { dateAt, systemClock, type Clock } from '../../src/base/clock.ts';
import { openLog, startServer } from '../../src/daemon/index.ts';
import type { EventBody } from '../../src/runner/index.ts';
import { configurationFor, openDataFolder } from '../../src/site/index.ts';
import type { RunStore } from '../../src/store/index.ts';

/*
 * The real server, killed at a named point of its work: `FAULT_POINT=append exit before` ends it with SIGKILL
 * the `FAULT_TURN`th time it comes there. A line `clock MS` on standard input sets its wall clock off by so much.
 */
const point = process.env['FAULT_POINT'] ?? '';
let turns = Number(process.env['FAULT_TURN'] ?? '1');
let clockOffMs = 0;

createInterface(process.stdin).on('line', (line) => {
  clockOffMs = Number(line.replace(/^clock /, ''));
});

const clock: Clock = {
  ...systemClock,
  now: () => dateAt(systemClock.now().getTime() + clockOffMs),
};

/** Here the process ends, if it is the point and the turn. */
function pass(name: string): void {
  if (name !== point) return;
  turns -= 1;
  if (turns === 0) process.kill(process.pid, 'SIGKILL');
}

function around<Result>(name: string, work: () => Result): Result {
  pass(`${name} before`);
  const result = work();
  pass(`${name} after`);
  return result;
}

/** Every step that is written down, and every piece of a log, is a point to be killed at. */
function withFaultPoints(store: RunStore): RunStore {
  const server = store.server;
  const faulty: Partial<RunStore> = {
    append: (runId, bodies) =>
      around(`append ${nameOf(bodies)}`, () => store.append(runId, bodies)),
    requestStop: (runId, cause) => around('stop', () => store.requestStop(runId, cause)),
    openLog: (runId) => {
      const log = store.openLog(runId);
      return {
        get offsets() {
          return log.offsets;
        },
        tail: () => log.tail(),
        write: (chunk) => around('log', () => log.write(chunk)),
        [Symbol.asyncDispose]: () => around('log-close', () => log[Symbol.asyncDispose]()),
      };
    },
    server: instead(server, {
      submit: (runs, once) => around('submit', () => server.submit(runs, once)),
      takeOver: (which) => around('take-over', () => server.takeOver(which)),
    }),
  };
  return instead(store, faulty);
}

/** The same object, some of whose members are others. */
const instead = <Of extends object>(original: Of, members: Partial<Of>): Of =>
  new Proxy(original, {
    get(target, name) {
      if (name in members) return Reflect.get(members, name) as unknown;
      const value: unknown = Reflect.get(target, name);
      // Private fields are those of the original itself.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

/** The last of the events that are written together names them: the terminal state, the phase. */
function nameOf(bodies: readonly EventBody[]): string {
  const last = bodies.at(-1);
  if (last?.type === 'state') return `state ${last.state}`;
  return last?.type === 'phase' ? `phase ${last.phase}` : (last?.type ?? 'nothing');
}

const caller = {
  env: process.env,
  cwd: process.cwd(),
  readStdin: () => Promise.resolve(Buffer.alloc(0)),
};
const configuration = await configurationFor(caller, { listen: '127.0.0.1:0' });
const { url } = await startServer({
  store: withFaultPoints(await openDataFolder(configuration, caller)),
  configuration,
  readConfiguration: () => Promise.resolve(configuration),
  configurationFolder: caller.cwd,
  clock,
  log: await openLog({ level: 'error', pretty: false, clock }),
  env: caller.env,
  report: (error, runId) => {
    writeSync(2, `run ${runId}: ${String(error)}\n`);
  },
});
writeSync(1, `${url}\n`);
