import { beforeAll, expect, test } from 'vitest';

import { endOf, never, Subject, untilSaid, type EngineUnderTest } from './subject.ts';

/** A container starts, writes, ends, is stopped, found and removed; nothing is left of it. */
export function lifecycleContract(setUp: () => Promise<EngineUnderTest>): void {
  let subject: Subject;
  beforeAll(async () => {
    subject = await Subject.of(setUp);
  });

  test('the engine says who it is', async () => {
    const info = await subject.engine.info();
    expect(info.version).not.toBe('');
    expect(info.cpus).toBeGreaterThan(0);
    expect(info.memoryBytes).toBeGreaterThan(0);
    const { name, version } = info;
    expect(await subject.engine.version()).toEqual({ name, version });
  });

  test.each([0, 1, 3, 126, 127, 255])(
    'exit code %i of the program is reported as its own',
    async (code) => {
      const { exit } = await subject.run(['exit', String(code)]);
      expect(exit).toMatchObject({ exitCode: code, outOfMemory: false });
      expect(exit).not.toHaveProperty('neverRan');
    },
  );

  test('stdout and stderr arrive apart, whole, also without a last newline', async () => {
    const { stdout, stderr } = await subject.run(['out', 'one\ntwo', 'then', 'err', 'bad\nworse']);
    expect({ stdout: stdout.toString(), stderr: stderr.toString() }).toEqual({
      stdout: 'one\ntwo',
      stderr: 'bad\nworse',
    });
  });

  test('bytes that are no UTF-8 arrive as they were written, on both streams', async () => {
    const { stdout, stderr } = await subject.run(['all-bytes']);
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    expect(stdout.equals(all)).toBe(true);
    expect(stderr.equals(all)).toBe(true);
  });

  test('an app that says nothing and ends at once is not missed', async () => {
    const { stdout, stderr, exit } = await subject.run(['exit', '0']);
    expect([stdout.length, stderr.length, exit.exitCode]).toEqual([0, 0, 0]);
  });

  test('its end can be asked for again, and before its output is read', async () => {
    await using container = await subject.start(['out', 'x', 'then', 'exit', '4']);
    expect(await container.wait()).toEqual(await container.wait());
    expect((await endOf(container)).stdout.toString()).toBe('x');
  });

  test('SIGTERM lets an app end its own way, within the grace', async () => {
    await using container = await subject.start([
      ...['on-term', '5', 'then', 'out', 'ready\n', 'then', 'sleep', '60'],
    ]);
    await untilSaid(container, 'ready');
    await container.stop(20_000);
    expect((await container.wait()).exitCode).toBe(5);
  });

  test('SIGTERM ends an app that has no handler for it, long before the grace is over', async () => {
    await using container = await subject.start(['out', 'ready\n', 'then', 'sleep', '60']);
    await untilSaid(container, 'ready');
    await container.stop(60_000);
    expect((await container.wait()).exitCode).toBe(143);
  });

  test('an app that ignores SIGTERM is killed after the grace', async () => {
    await using container = await subject.start([
      ...['ignore-term', 'then', 'out', 'ready\n', 'then', 'sleep', '60'],
    ]);
    await untilSaid(container, 'ready');
    await container.stop(200);
    expect((await container.wait()).exitCode).toBe(137);
  });

  test('a grace of nothing kills at once, also while another grace runs', async () => {
    await using container = await subject.start([
      ...['ignore-term', 'then', 'out', 'ready\n', 'then', 'sleep', '60'],
    ]);
    await untilSaid(container, 'ready');
    const patient = container.stop(60_000);
    await container.stop(0);
    await patient;
    expect((await container.wait()).exitCode).toBe(137);
  });

  test('stopping what has ended changes nothing', async () => {
    await using container = await subject.start(['exit', '3']);
    await container.wait();
    await container.stop(0);
    await container.stop(1_000);
    expect((await container.wait()).exitCode).toBe(3);
  });

  test('what was written before a kill is kept', async () => {
    await using container = await subject.start(['out', 'ready\n', 'then', 'sleep', '60']);
    const output = await untilSaid(container, 'ready');
    await container.stop(0);
    expect((await output.next()).done).toBe(true);
  });

  test('a process that never met it finds it by name, running and ended', async () => {
    await using container = await subject.start(['out', 'ready\n', 'then', 'sleep', '60']);
    await untilSaid(container, 'ready');
    const running = await subject.another().find(container.name);
    expect(running).toMatchObject({ phase: 'running', name: container.name, id: container.id });
    await running?.stop(0);
    const ended = await subject.another().find(container.name);
    expect(ended?.phase).toBe('exited');
    expect((await ended?.wait())?.exitCode).toBe(137);
  });

  test('a name nobody has is found nowhere', async () => {
    expect(await subject.engine.find('cyto-run-nobody-1')).toBeUndefined();
  });

  test('disposing removes it, running or not, and twice is harmless', async () => {
    const running = await subject.start(['sleep', '60']);
    const ended = await subject.start(['exit', '0']);
    await ended.wait();
    for (const container of [running, ended]) {
      await container[Symbol.asyncDispose]();
      await container[Symbol.asyncDispose]();
      expect(await subject.another().find(container.name)).toBeUndefined();
    }
    expect(await subject.engine.list(subject.ownerLabel)).toEqual([]);
  });

  test('a reader of an app that is removed meanwhile comes to an end', async () => {
    const container = await subject.start(['out', 'ready\n', 'then', 'sleep', '60']);
    const output = await untilSaid(container, 'ready');
    await container[Symbol.asyncDispose]();
    expect((await output.next()).done).toBe(true);
  });

  test('two of one name are refused, and the first goes on', async () => {
    const spec = subject.spec(['out', 'first', 'then', 'sleep', '1']);
    await using first = await subject.engine.start(spec, never());
    await expect(subject.another().start(spec, never())).rejects.toMatchObject({
      code: 'engine-refused',
    });
    expect((await endOf(first)).stdout.toString()).toBe('first');
  });

  test('a data directory sees its own containers and no others', async () => {
    const other = `${subject.ownerLabel} of somebody else`;
    await using mine = await subject.start(['sleep', '60'], { attempt: 2 });
    await using ended = await subject.start(['exit', '0']);
    await using theirs = await subject.start(['exit', '0'], { ownerLabel: other });
    await ended.wait();
    const listed = await subject.another().list(subject.ownerLabel);
    expect(Object.fromEntries(listed.map(({ name, ...rest }) => [name, rest]))).toMatchObject({
      [mine.name]: { attempt: 2, running: true },
      [ended.name]: { attempt: 1, running: false },
    });
    expect(listed).toHaveLength(2);
    expect((await subject.engine.list(other)).map(({ name }) => name)).toEqual([theirs.name]);
  });

  test('a run that was stopped before it started leaves nothing', async () => {
    const why = new Error('stopped first');
    const spec = subject.spec(['sleep', '60']);
    await expect(subject.engine.start(spec, AbortSignal.abort(why))).rejects.toBe(why);
    expect(await subject.engine.find(spec.name)).toBeUndefined();
  });

  test('an image that is not here is not found, and not asked for when it must not be', async () => {
    const request = { reference: 'cyto-run/no-such-image:9', pull: 'never' } as const;
    await expect(subject.engine.resolveImage(request, never())).rejects.toMatchObject({
      code: 'image-not-found',
    });
  });
}
