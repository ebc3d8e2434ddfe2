import { expect, test } from 'vitest';

import {
  adaptSettings,
  decide as decideApptainer,
  type ApptainerFacts,
} from '../../scripts/setup/apptainer.js';
import {
  decide as decideRegistry,
  type RegistryFacts,
} from '../../scripts/setup/image-registry.js';
import {
  decide as decidePodman,
  settingsFor,
  storageFor,
  type PodmanFacts,
} from '../../scripts/setup/podman.js';
import { decide as decideSsh, type SshFacts } from '../../scripts/setup/ssh-server.js';

const ROOT = { isRoot: true, noApt: undefined };
const NO_ROOT = { isRoot: false, noApt: 'only root can install packages' };

type Row<Facts> = [title: string, facts: Partial<Facts>, state: string, detail: string];

const NO_APPTAINER: ApptainerFacts = { version: undefined, isOurs: false, fuse: 'open', ...ROOT };

test.each<Row<ApptainerFacts>>([
  ['a bare machine gets Apptainer from another suite', {}, 'missing', 'from Debian sid'],
  ['installing Apptainer is left to root', NO_ROOT, 'unobtainable', 'only root can install'],
  [
    "the user's own Apptainer is used as it is",
    { version: 'apptainer version 1.3.6', fuse: 'closed' },
    'present',
    '1.3.6',
  ],
  [
    'a device that a reboot closed is opened again for ours',
    { version: 'apptainer version 1.4.5', isOurs: true, fuse: 'closed' },
    'missing',
    '/dev/fuse is closed',
  ],
  [
    'a closed device stays closed without root, and Apptainer is there nevertheless',
    { ...NO_ROOT, version: 'apptainer version 1.4.5', isOurs: true, fuse: 'closed' },
    'present',
    '1.4.5',
  ],
  [
    'a machine without the device has Apptainer with folders for images',
    { version: 'apptainer version 1.4.5', isOurs: true, fuse: 'absent' },
    'present',
    '1.4.5',
  ],
])('%s', (_title, facts, state, detail) => {
  const look = decideApptainer({ ...NO_APPTAINER, ...facts });
  expect(look.state).toBe(state);
  expect(look.detail).toContain(detail);
});

test("Apptainer's settings change only where this machine forces it", () => {
  const text = 'systemd cgroups = yes\n# a word\nroot default capabilities = full\n';
  expect(adaptSettings(text, { systemd: true, mayRaiseLimits: true })).toBe(text);
  expect(adaptSettings(text, { systemd: false, mayRaiseLimits: false })).toBe(
    'systemd cgroups = no\n# a word\nroot default capabilities = no\n',
  );
});

const NO_PODMAN: PodmanFacts = { version: undefined, hasProgram: false, ...ROOT };

test.each<Row<PodmanFacts>>([
  ['a Podman service that answers is used as it is', { version: '5.0' }, 'present', 'version 5.0'],
  ['a bare machine gets Podman from apt', {}, 'missing', 'apt-get install podman catatonit'],
  ['an installed Podman is only started', { hasProgram: true }, 'missing', 'start it'],
  [
    "starting Podman's service is left to root",
    { ...NO_ROOT, hasProgram: true },
    'unobtainable',
    'only root can start one',
  ],
  ['installing Podman is left to root', NO_ROOT, 'unobtainable', 'only root can install'],
])('%s', (_title, facts, state, detail) => {
  const look = decidePodman({ ...NO_PODMAN, ...facts });
  expect(look.state).toBe(state);
  expect(look.detail).toContain(detail);
});

test('Podman is told only of what this machine lacks', () => {
  expect(settingsFor({ systemd: true, mayRaiseLimits: true, needsRunc: false })).toBe(
    '[containers]\n[engine]\n',
  );
  expect(settingsFor({ systemd: false, mayRaiseLimits: false, needsRunc: true })).toBe(
    '[containers]\n' +
      'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' +
      '[engine]\n' +
      'runtime = "runc"\n' +
      'cgroup_manager = "cgroupfs"\n' +
      'events_logger = "file"\n',
  );
});

test('Podman lays no layers upon a file system that is layers already', () => {
  expect(storageFor(false)).toContain('driver = "overlay"');
  expect(storageFor(true)).toContain('driver = "vfs"');
});

const NO_SSH: SshFacts = { answers: false, isInstalled: false, ...ROOT };

test.each<Row<SshFacts>>([
  [
    'a server that lets us in is used as it is',
    { answers: true, isInstalled: true },
    'present',
    'cyto-run-test',
  ],
  ['one without rsync gets it', { answers: true }, 'missing', 'rsync'],
  [
    'one without rsync is used where nothing can be installed',
    { ...NO_ROOT, answers: true },
    'present',
    'cyto-run-test',
  ],
  ['a bare machine gets a server from apt', {}, 'missing', 'apt-get install openssh-server'],
  ['an installed server is only started', { isInstalled: true }, 'missing', 'start sshd'],
  [
    'starting a server is left to root',
    { ...NO_ROOT, isInstalled: true },
    'unobtainable',
    'only root can start',
  ],
  ['installing a server is left to root', NO_ROOT, 'unobtainable', 'only root can install'],
])('%s', (_title, facts, state, detail) => {
  const look = decideSsh({ ...NO_SSH, ...facts });
  expect(look.state).toBe(state);
  expect(look.detail).toContain(detail);
});

const NO_REGISTRY: RegistryFacts = {
  answers: false,
  lacking: ['docker-registry', 'skopeo'],
  ...ROOT,
};

test.each<Row<RegistryFacts>>([
  [
    'a registry that answers is used as it is',
    { answers: true, lacking: [] },
    'present',
    '127.0.0.1',
  ],
  [
    'a registry is of no use without the program that fills it',
    { answers: true, lacking: ['skopeo'] },
    'missing',
    'apt-get install skopeo',
  ],
  ['an installed registry is only started', { lacking: [] }, 'missing', 'start it'],
  [
    'starting a registry is left to root',
    { ...NO_ROOT, lacking: [] },
    'unobtainable',
    'only root can start',
  ],
  ['installing a registry is left to root', NO_ROOT, 'unobtainable', 'only root can install'],
])('%s', (_title, facts, state, detail) => {
  const look = decideRegistry({ ...NO_REGISTRY, ...facts });
  expect(look.state).toBe(state);
  expect(look.detail).toContain(detail);
});
