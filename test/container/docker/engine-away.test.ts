import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';

import { loadDockerode } from '../../../src/container/docker/dockerode.ts';
import { dockerEngine } from '../../../src/container/docker/index.ts';
import { dockerProxy } from '../../support/docker-proxy.ts';
import { dockerUnderTest } from '../../support/engines-under-test.ts';
import { describeWith } from '../../support/needs.ts';
import { ownDocker } from '../../support/own-docker.ts';
import { PROBE_IMAGE } from '../../support/probe-image.ts';
import { probeLog } from '../../support/probe-log.ts';
import { endOf, Subject, untilSaid } from '../contract/subject.ts';

const CREATE = /^POST \/containers\/create/;
const ATTACH = /^POST \/containers\/\w+\/attach/;
const START = /^POST \/containers\/\w+\/start/;
const WAIT = /^POST \/containers\/\w+\/wait/;
const INSPECT = /^GET \/containers\/\w+\/json/;
const REMOVE = /^DELETE \/containers\/\w+/;

/** The machine's Docker, reached through a proxy. */
async function subjectBehind(host: string): Promise<Subject> {
  const underTest = await dockerUnderTest();
  return Subject.of(() => Promise.resolve({ ...underTest, engine: dockerEngine({ host }) }));
}

describeWith('docker', 'an engine that goes away and comes back', () => {
  test.each(
    [CREATE, ATTACH, START, WAIT, INSPECT, REMOVE].flatMap((request) =>
      (['drop', 'unanswered'] as const).map((verdict) => ({ request, verdict })),
    ),
  )(
    '$request, $verdict: the app runs once, and all of it is known',
    async ({ request, verdict }) => {
      let hits = 0;
      await using proxy = await dockerProxy((line) => {
        if (!request.test(line)) return 'forward';
        hits += 1;
        return hits === 1 ? verdict : 'forward';
      });
      const subject = await subjectBehind(proxy.host);
      const spec = subject.spec(['out', 'once', 'then', 'err', 'more', 'then', 'exit', '3']);
      {
        await using container = await subject.engine.start(spec, new AbortController().signal);
        const { stdout, stderr, exit } = await endOf(container);
        expect([stdout.toString(), stderr.toString()]).toEqual(['once', 'more']);
        expect(exit).toMatchObject({ exitCode: 3, outOfMemory: false });
        expect(exit.ending).toBeUndefined();
      }
      expect(hits).toBeGreaterThan(0);
      expect(await dockerEngine().find(spec.name)).toBeUndefined();
    },
  );

  test('a log whose reading breaks off again and again is whole', async () => {
    const bytes = 8_000_000;
    await using proxy = await dockerProxy(() => 'forward');
    const subject = await subjectBehind(proxy.host);
    await using container = await subject.start(['log', 'stdout', String(bytes)]);
    const pieces: Uint8Array[] = [];
    let readBytes = 0;
    let cuts = 0;
    for await (const chunk of container.output()) {
      pieces.push(chunk.bytes);
      readBytes += chunk.bytes.length;
      if (readBytes > ((cuts + 1) * bytes) / 4) {
        cuts += 1;
        proxy.cut();
      }
    }
    expect(cuts).toBeGreaterThan(1);
    expect(Buffer.concat(pieces).equals(probeLog(bytes))).toBe(true);
    expect((await container.wait()).exitCode).toBe(0);
  });

  test.each([
    { verdict: 'forward', ending: undefined },
    { verdict: 'unanswered', ending: { code: 'engine-lost' } },
  ] as const)(
    'who kills an app is told by whether its engine keeps a connection: $verdict',
    async ({ verdict, ending }) => {
      let held = 0;
      await using proxy = await dockerProxy((line) => {
        if (line !== 'GET /events') return 'forward';
        held += 1;
        return verdict;
      });
      const subject = await subjectBehind(proxy.host);
      await using container = await subject.start(['out', 'ready', 'then', 'sleep', '600']);
      await untilSaid(container, 'ready');
      await new (loadDockerode())().getContainer(container.id).kill({ signal: 'SIGKILL' });
      const exit = await container.wait();
      expect(exit.exitCode).toBe(137);
      if (ending === undefined) expect(exit.ending).toBeUndefined();
      else expect(exit.ending).toMatchObject(ending);
      expect(held).toBe(1);
    },
  );

  test('a stop while the engine is away reaches it when it is back', async () => {
    let isAway = false;
    await using proxy = await dockerProxy(() => (isAway ? 'drop' : 'forward'));
    const subject = await subjectBehind(proxy.host);
    await using container = await subject.start(['out', 'ready', 'then', 'sleep', '600']);
    await untilSaid(container, 'ready');
    isAway = true;
    proxy.cut();
    const stopped = container.stop(1_000);
    isAway = false;
    await stopped;
    const exit = await container.wait();
    expect(exit.exitCode).toBe(143);
    expect(exit.ending).toBeUndefined();
  });
});

describeWith('own-docker', 'a Docker engine that is restarted while an app runs', () => {
  /** The default network of the machine's own engine. */
  const hasBridge = (): boolean => existsSync('/sys/class/net/docker0');

  async function restarted(liveRestore: boolean): ReturnType<typeof endOf> {
    const hadBridge = hasBridge();
    await using docker = await ownDocker({ liveRestore });
    const { socketPath } = docker;
    const subject = await Subject.of(async () => ({
      ...(await dockerUnderTest()),
      engine: dockerEngine({ socketPath }),
      image: PROBE_IMAGE,
    }));
    const after = ['then', 'sleep', '4', 'then', 'log', 'both', '1000000', 'then', 'exit', '5'];
    await using container = await subject.start(['out', 'before\\n', ...after]);
    const streams = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    let restart: Promise<void> | undefined;
    for await (const { stream, bytes } of container.output()) {
      streams[stream].push(bytes);
      restart ??= docker.stop().then(() => docker.start());
    }
    await restart;
    expect(hasBridge()).toBe(hadBridge);
    return {
      stdout: Buffer.concat(streams.stdout),
      stderr: Buffer.concat(streams.stderr),
      exit: await container.wait(),
    };
  }

  test('one that leaves its containers running: nothing is lost', async () => {
    const { stdout, stderr, exit } = await restarted(true);
    expect(stdout.equals(Buffer.concat([Buffer.from('before\n'), probeLog(1_000_000)]))).toBe(true);
    expect(stderr.equals(probeLog(1_000_000))).toBe(true);
    expect(exit.exitCode).toBe(5);
    expect(exit.ending).toBeUndefined();
  });

  test('one that ends its containers: that is not the failure of the app', async () => {
    const { stdout, exit } = await restarted(false);
    expect(stdout.toString()).toBe('before\n');
    expect(exit.ending).toMatchObject({ code: 'engine-lost' });
  });
});
