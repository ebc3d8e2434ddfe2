import { expect, test } from 'vitest';

import { gpusOf, limitationsOf } from '../../../src/container/docker/info.ts';
import { jsonLines } from '../../../src/container/docker/json-lines.ts';
import { pullFailure, PullLayers } from '../../../src/container/docker/pull.ts';
import { parseReference } from '../../../src/container/images/reference.ts';
import { SingleFlight } from '../../../src/container/images/single-flight.ts';
import { withSample } from '../../../src/container/docker/usage.ts';

test('the total of a pull is told once every layer has said its size', () => {
  const layers = new PullLayers();
  const progress = [
    { id: 'a', status: 'Pulling fs layer' },
    { id: 'b', status: 'Pulling fs layer' },
    { id: 'a', status: 'Downloading', progressDetail: { current: 10, total: 100 } },
    { id: 'b', status: 'Downloading', progressDetail: { current: 5, total: 50 } },
    { id: 'a', status: 'Download complete' },
    { id: 'a', status: 'Extracting', progressDetail: { current: 3, total: 100 } },
    { id: 'b', status: 'Download complete' },
    { status: 'Digest: sha256:1' },
  ].map((line) => layers.after(line));
  expect(progress.map(({ receivedBytes }) => receivedBytes)).toEqual([
    0, 0, 10, 15, 105, 105, 150, 150,
  ]);
  expect(progress.map(({ totalBytes }) => totalBytes)).toEqual([
    ...[undefined, undefined, undefined, 150, 150, 150, 150, 150],
  ]);
});

test.each([
  ['manifest for a/b:1 not found: manifest unknown: manifest unknown', 'image-not-found'],
  [
    "pull access denied for a/b, repository does not exist or may require 'docker login'",
    'image-not-found',
  ],
  ['failed to resolve reference "quay.io/a/b:1": quay.io/a/b:1: not found', 'image-not-found'],
  ['toomanyrequests: You have reached your pull rate limit', 'image-pull-failed'],
  ['no matching manifest for linux/arm64 in the manifest list entries', 'image-not-found'],
  ['Get https://x/v2/: no basic auth credentials', 'image-pull-failed'],
  ['unauthorized: authentication required', 'image-pull-failed'],
  ['Get "https://quay.io/v2/": dial tcp: lookup quay.io: no such host', 'image-pull-failed'],
  ['write /var/lib/docker/tmp/x: no space left on device', 'disk-full'],
])('a registry that says "%s" is understood', (said, code) => {
  const failure = pullFailure(said, parseReference('a/b:1'), undefined);
  expect(failure.code).toBe(code);
  expect(failure.hint).not.toBe('');
});

test('calls for one thing share one call, and each hears its progress', async () => {
  const flights = new SingleFlight<string, number>();
  const gate = Promise.withResolvers<string>();
  const heard: number[] = [];
  let calls = 0;
  let tell: (progress: number) => void = () => {};
  const join = (): Promise<string> =>
    flights.join(
      'image',
      (report) => {
        calls += 1;
        tell = report;
        return gate.promise;
      },
      { signal: new AbortController().signal, onProgress: (progress) => heard.push(progress) },
    );
  const both = [join(), join()];
  tell(7);
  gate.resolve('done');
  expect(await Promise.all(both)).toEqual(['done', 'done']);
  expect({ calls, heard }).toEqual({ calls: 1, heard: [7, 7] });
  await join();
  expect(calls).toBe(2);
});

test('a shared call goes on when one caller leaves, and is given up when the last has left', async () => {
  const flights = new SingleFlight<string, number>();
  const callers = [new AbortController(), new AbortController()];
  let shared: AbortSignal | undefined;
  const waiting = callers.map(({ signal }) =>
    flights.join(
      'image',
      (_report, callSignal) => {
        shared = callSignal;
        return new Promise(() => {});
      },
      { signal, onProgress: undefined },
    ),
  );
  const settled = Promise.allSettled(waiting);
  callers[0]!.abort(new Error('first left'));
  await expect(waiting[0]).rejects.toThrow('first left');
  expect(shared?.aborted).toBe(false);
  callers[1]!.abort(new Error('last left'));
  await settled;
  expect(shared?.aborted).toBe(true);
});

test('lines are JSON values however they are cut, also inside a character', async () => {
  const bytes = Buffer.from('{"a":"é"}\r\n\n{"b":1}');
  async function* byByte(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }
  expect(await Array.fromAsync(jsonLines(byByte()))).toEqual([{ a: 'é' }, { b: 1 }]);
});

test('memory is counted without reclaimable cache, with both generations of control groups', () => {
  const v1 = { memory_stats: { usage: 100, stats: { total_inactive_file: 40 } } };
  const v2 = { memory_stats: { usage: 90, stats: { inactive_file: 10 } } };
  const cpu = { cpu_stats: { cpu_usage: { total_usage: 2_500_000_000 } } };
  const usage = [v1, v2, cpu, {}].reduce(withSample, {});
  expect(usage).toEqual({ peakMemoryBytes: 80, cpuSeconds: 2.5 });
});

test('what an engine cannot enforce is said, and nothing else', () => {
  expect(limitationsOf({ MemoryLimit: true, SwapLimit: true, PidsLimit: true }, true)).toEqual({});
  const poor = { MemoryLimit: false, SwapLimit: false, CpuCfsQuota: false, PidsLimit: false };
  expect(Object.keys(limitationsOf(poor, false))).toEqual([
    'memory',
    'swap',
    'cpus',
    'pids',
    'init',
  ]);
});

test('GPUs are counted by the numbers that devices have, and not counted where only the runtime is known', () => {
  expect(gpusOf({})).toEqual({ gpus: 'absent' });
  expect(gpusOf({ Runtimes: { nvidia: {} } })).toEqual({ gpus: 'available' });
  const devices = ['nvidia.com/gpu=0', 'nvidia.com/gpu=1', 'nvidia.com/gpu=GPU-1a2b', 'x/gpu=all'];
  expect(gpusOf({ DiscoveredDevices: devices.map((ID) => ({ ID })) })).toEqual({
    gpus: 'available',
    gpuCount: 2,
  });
});
