import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import { SSH_CONFIG, SSH_HOST, SSH_PORT } from '../../../scripts/setup/ssh-server.js';
import { systemClock } from '../../../src/base/clock.ts';
import { shellQuote } from '../../../src/base/shell-quote.ts';
import { HostUnreachable } from '../../../src/container/slurm/host.ts';
import { localHost } from '../../../src/container/slurm/local-host.ts';
import { sshHost } from '../../../src/container/slurm/ssh-host.ts';
import { FakeCluster } from '../../support/fake-cluster.ts';
import { describeWith } from '../../support/needs.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';
import { copiesBothWays, hostContract, type HostUnderTest } from './host-contract.ts';

const CUT_CONNECTION = new URL('../../support/cut-connection-program.ts', import.meta.url).pathname;

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'cyto-run host é '));

const real = async (host: HostUnderTest['host']): Promise<HostUnderTest> => ({
  host,
  clock: systemClock,
  folder: await newFolder(),
  settle: (work) => work,
});

const ODD_HABITS = { SQUEUE_FORMAT: '%j', SLURM_TIME_FORMAT: 'relative', ...process.env };

hostContract('this machine', () => real(localHost(systemClock, ODD_HABITS)), 'runs programs');

hostContract(
  'the fake cluster',
  () => {
    const clock = new SimulatedClock();
    const lifeOf = (): never => {
      throw new Error('no job is submitted');
    };
    const host = new FakeCluster({ clock, lifeOf });
    const settle = <Result>(work: Promise<Result>): Promise<Result> => clock.run(work, 60_000);
    return Promise.resolve({ host, clock, folder: '/here', settle });
  },
  'runs none',
);

describeWith('ssh', 'behind SSH', () => {
  const target = { ssh: SSH_HOST, configFile: SSH_CONFIG };
  hostContract('a machine behind SSH', () => real(sshHost(target)), 'runs programs');

  test('where rsync is missing, files go by what every machine has', async () => {
    const programs = await newFolder();
    for (const program of ['ssh', 'tar', 'cat'])
      await symlink(`/usr/bin/${program}`, join(programs, program));
    vi.stubEnv('PATH', programs);
    await copiesBothWays(await real(sshHost(target)));
  });

  test.each([
    { how: 'by rsync', programs: ['ssh', 'rsync'] },
    { how: 'without it', programs: ['ssh', 'cat', 'tail'] },
  ])('a file whose copy was cut goes on from there, $how', async ({ programs }) => {
    const folder = await mkdtemp(join(tmpdir(), 'cut-'));
    const [links, sent, config] = ['bin', 'sent', 'config'].map((name) => join(folder, name));
    for (const made of [links!, sent!]) await mkdir(made);
    for (const program of programs) await symlink(`/usr/bin/${program}`, join(links!, program));
    const [bytes, cutAt] = [12_000_000, 10_000_000];
    const proxy = [process.execPath, CUT_CONNECTION, SSH_PORT, sent!, cutAt].map(String);
    const settings = await readFile(SSH_CONFIG, 'utf8');
    await writeFile(config!, `${settings}  ProxyCommand ${proxy.map(shellQuote).join(' ')}\n`);
    const [source, target] = [join(folder, 'a file'), join(folder, 'a copy')];
    await writeFile(source, randomBytes(bytes));
    vi.stubEnv('PATH', links);
    // A connection of its own.
    vi.stubEnv('XDG_RUNTIME_DIR', folder);
    const host = sshHost({ ssh: SSH_HOST, configFile: config! });
    const never = new AbortController().signal;
    await expect(host.put(source, target, never)).rejects.toBeInstanceOf(HostUnreachable);
    await host.put(source, target, never);
    expect((await readFile(target)).equals(await readFile(source))).toBe(true);
    const [first = 0, second = 0] = await Promise.all(
      ['1', '2'].map(async (name) => Number(await readFile(join(sent!, name), 'utf8'))),
    );
    expect(first).toBeGreaterThan(cutAt);
    // What was on its way when it was cut, a window of two megabytes, comes again.
    expect(second).toBeLessThan(bytes / 2);
  });

  test('a machine that does not answer is unreachable, not silent', async () => {
    const nobody = sshHost({ ...target, ssh: 'no-such-host.invalid' });
    const asked = nobody.ask([{ do: 'list', folder: '/' }], { timeoutMs: 10_000 });
    await expect(asked).rejects.toBeInstanceOf(HostUnreachable);
  });
});

test('what could be an option of ssh is no name of a host', () => {
  for (const ssh of ['-oProxyCommand=id', 'a b', 'a\nb'])
    expect(() => sshHost({ ssh })).toThrow(/no name of a host/);
});
