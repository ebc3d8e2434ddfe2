import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunnerError } from '../../src/base/errors.ts';
import { loadConfiguration, type Configuration } from '../../src/site/configuration.ts';
import type { ConfigurationFlags } from '../../src/site/configuration/entries.ts';
import { SETTING_KEYS, SETTINGS } from '../../src/site/configuration/settings.ts';
import { sourceText } from '../../src/site/configuration/source.ts';
import { configurationDocument, renderConfiguration } from '../../src/site/configuration/text.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cyto-run-configuration-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const write = (path: string, text: string): string => {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

const load = (
  flags: ConfigurationFlags = {},
  env: Record<string, string> = {},
  uid: number | undefined = process.getuid?.(),
): Promise<Configuration> => {
  mkdirSync(join(root, 'project/deep'), { recursive: true });
  return loadConfiguration({
    env: { HOME: join(root, 'home'), ...env },
    cwd: join(root, 'project/deep'),
    flags,
    uid,
  });
};

const errorOf = async (loading: Promise<unknown>): Promise<RunnerError> => {
  const error: unknown = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RunnerError)) throw new TypeError('nothing was refused');
  return error;
};

const sourceOf = ({ sources }: Configuration, key: string): string =>
  sourceText(sources.get(key) ?? { kind: 'default' });

describe('where a value comes from', () => {
  test('nothing set: the safe defaults', async () => {
    const { values, environment, mountRoots, warnings } = await load();
    expect(values).toMatchObject({
      pull: 'missing',
      'isolation.read-only': true,
      'isolation.user': 'caller',
      'limits.pids': 2048,
      'limits.stop-grace': 10_000,
    });
    expect(values['limits.memory']).toBeUndefined();
    expect({ environment, mountRoots, warnings }).toEqual({
      environment: {},
      mountRoots: undefined,
      warnings: [],
    });
  });

  test('each place overrides those before it, value by value', async () => {
    const user = write(
      'home/.config/cyto-run/config.yaml',
      'limits:\n  memory: 1GB\n  cpus: 1\n  timeout: 1m\n  pids: 7\n',
    );
    const project = write(
      'project/cyto-run.yaml',
      'limits: { memory: 2GB, cpus: 2, timeout: 2m }\n',
    );
    const found = await load({ memory: '4GB' }, { CYTO_RUN_MEMORY: '3GB', CYTO_RUN_CPUS: '3' });
    expect(found.values).toMatchObject({
      'limits.memory': 4e9,
      'limits.cpus': 3,
      'limits.timeout': 120_000,
      'limits.pids': 7,
    });
    expect(
      ['memory', 'cpus', 'timeout', 'pids'].map((name) => sourceOf(found, `limits.${name}`)),
    ).toEqual(['--memory', 'CYTO_RUN_CPUS', `${project}:1`, `${user}:5`]);
  });

  test('maps are merged by name', async () => {
    write('home/.config/cyto-run/config.yaml', 'environment:\n  A: user\n  B: 1.0\n');
    write(
      'project/cyto-run.json',
      '{"environment": {"A": "project"}, "server-parameters": {"ids": [1, 20]}}',
    );
    const { environment, serverParameters } = await load(
      { env: ['C=flag=1', 'PASSED'], 'server-param': ['cytomine_host=h'] },
      { CYTO_RUN_ENV_D: 'variable', CYTO_RUN_SERVER_PARAM_cytomine_id: '7', PASSED: 'on' },
    );
    expect(environment).toEqual({
      A: 'project',
      B: '1.0',
      C: 'flag=1',
      D: 'variable',
      PASSED: 'on',
    });
    expect(serverParameters).toEqual({ ids: ['1', '20'], cytomine_host: 'h', cytomine_id: '7' });
  });

  test('a number keeps the text it was written with', async () => {
    write('project/cyto-run.yaml', 'server-parameters:\n  id: 12345678901234567890\n  x: 1e-05\n');
    expect((await load()).serverParameters).toEqual({ id: '12345678901234567890', x: '1e-05' });
  });

  test('folders are relative to the file that names them', async () => {
    write('project/cyto-run.yaml', 'data-folder: runs\nmount-roots: [data, /abs]\n');
    const { values, mountRoots } = await load();
    expect(values['data-folder']).toBe(join(root, 'project/runs'));
    expect(mountRoots).toEqual([join(root, 'project/data'), '/abs']);
  });

  test('XDG_CONFIG_HOME is followed when absolute, and CYTO_RUN_CONFIG names a project file', async () => {
    write('xdg/cyto-run/config.yaml', 'pull: never\n');
    const other = write('other.yaml', '$schema: ./configuration.schema.json\npull: always\n');
    expect((await load({}, { XDG_CONFIG_HOME: join(root, 'xdg') })).values.pull).toBe('never');
    expect((await load({}, { XDG_CONFIG_HOME: 'xdg' })).values.pull).toBe('missing');
    expect((await load({}, { CYTO_RUN_CONFIG: other })).values.pull).toBe('always');
  });

  test('--no-read-only and --read-only=false are the same', async () => {
    expect((await load({ 'no-read-only': true })).values['isolation.read-only']).toBe(false);
    expect((await load({ 'read-only': false })).values['isolation.read-only']).toBe(false);
  });

  test("a project file of somebody else's is not used, and that is said", async () => {
    const file = write('project/cyto-run.yaml', 'isolation: { network: host }\n');
    // Root's files are trusted like one's own.
    if (process.getuid?.() === 0) chownSync(file, 12_345, 12_345);
    const stranger = (process.getuid?.() ?? 0) + 1;
    const { values, warnings } = await load({}, {}, stranger);
    expect(values['isolation.network']).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/is not used: it belongs to user \d+/)]);
    expect(warnings[0]).toContain(file);
  });

  test('a misspelt variable is a warning: others may use the prefix', async () => {
    const { warnings } = await load({}, { CYTO_RUN_MEMROY: '1GB', CYTO_RUN_SOMETHING_ELSE: '1' });
    expect(warnings).toEqual(['CYTO_RUN_MEMROY is not a setting; did you mean CYTO_RUN_MEMORY?']);
  });
});

describe('what is wrong is told all at once', () => {
  test('with file, line, key, value, rule and the nearest name', async () => {
    const file = write(
      'project/cyto-run.yaml',
      'engine: dokcer\nlimits:\n  memroy: 4GB\n  timeout: soon\nmemory: 1\nisolation: none\npull:\nenvironment:\n  A: [1]\n',
    );
    const error = await errorOf(load({ cpus: 'many' }));
    expect(error.code).toBe('configuration-invalid');
    expect(error.message).toBe(
      [
        '8 settings cannot be used',
        `  ${file}:7: pull has no value`,
        '    Leave the line out to keep the default.',
        `  ${file}:1: engine: "dokcer" is not one of docker, podman, apptainer, slurm, process`,
        '    Did you mean docker?',
        `  ${file}:3: limits.memroy is not a setting`,
        '    Did you mean limits.memory?',
        `  ${file}:4: limits.timeout: "soon" is not a duration above zero`,
        '    Write 90s, 15m, 2h30m, 1d, PT1H, or a number of seconds.',
        `  ${file}:5: memory is not a setting`,
        '    Did you mean limits.memory?',
        `  ${file}:6: isolation is not a setting`,
        '    `cyto-run config show` lists every setting.',
        `  ${file}:9: environment.A takes one value, not a list`,
        '  --cpus: "many" is not a number of cores above zero',
        '    Write 2 or 0.5.',
      ].join('\n'),
    );
  });

  test('flags alone are a matter of usage', async () => {
    const error = await errorOf(load({ memory: 'lots' }));
    expect(error).toMatchObject({
      code: 'usage',
      message: '--memory: "lots" is not a size above zero',
    });
    expect((await errorOf(load({ memory: ['1g', '2g'] }))).message).toBe(
      '--memory: is given more than once',
    );
    expect((await errorOf(load({ 'server-param': ['x'] }))).message).toMatch(
      '"x" is not name=value',
    );
    expect((await errorOf(load({ env: ['NOT_SET'] }))).message).toMatch('not set here');
  });

  test.each([
    ['limits: [', 'is not closed'],
    ['- a\n- b\n', 'must be a mapping'],
    ['just text', 'must be a mapping'],
    ['pull: a\npull: b\n', 'for the second time'],
    ['mount-roots: { a: b }', 'takes one value, not a mapping'],
    ['engine: [docker]', 'takes one value, not a list'],
  ])('a file that says %j', async (text, problem) => {
    const file = write('project/cyto-run.yaml', text);
    const error = await errorOf(load());
    expect(error.code).toBe('configuration-invalid');
    expect(error.message).toContain(problem);
    expect(error.message).toContain(`${file}:`);
  });

  test('a file that is named but missing', async () => {
    const error = await errorOf(load({}, { CYTO_RUN_CONFIG: 'nowhere.yaml' }));
    expect(error).toMatchObject({ code: 'configuration-invalid' });
    expect(error.message).toMatch(/there is no configuration file .*nowhere\.yaml/);
  });

  test('an alias is followed, a bomb of aliases does no harm', async () => {
    write('project/cyto-run.yaml', 'environment:\n  A: &a text\n  B: *a\n');
    expect((await load()).environment).toEqual({ A: 'text', B: 'text' });
    write('project/cyto-run.yaml', 'environment: &e\n  A: *e\n');
    expect((await errorOf(load())).code).toBe('configuration-invalid');
  });
});

describe('what is shown', () => {
  test('every setting with its value and source; secrets never', async () => {
    const file = write(
      'project/cyto-run.yaml',
      'limits:\n  memory: 4GB\nserver-parameters:\n  cytomine_private_key: abc\n',
    );
    const found = await load();
    const text = renderConfiguration(found);
    expect(text).toContain(`limits.memory  `);
    expect(text).toMatch(/limits\.memory +4GB +\//);
    expect(text).toMatch(/limits\.timeout +no limit +default/);
    expect(text).toContain(`${file}:4`);
    expect(text).not.toContain('abc');
    const document = configurationDocument(found);
    expect(JSON.stringify(document)).not.toContain('abc');
    expect(document.settings).toContainEqual({
      key: 'limits.memory',
      value: 4e9,
      source: `${file}:2`,
    });
  });
});

test('what a server shares is set for all, for a cluster and for an app, and checked', async () => {
  write(
    'project/cyto-run.yaml',
    [
      'serve: { slots: 6, memory: 48g, gpus: 0, runs-per-user: 3 }',
      'clusters: { hpc: { work-folder: /scratch, slots: 50 } }',
      'apps: { W_Nuclei.v2: { runs-at-once: 2 } }',
    ].join('\n'),
  );
  const { values, clusters, appRuns } = await load({}, { CYTO_RUN_SERVE_CPUS: '5.5' });
  expect(values).toMatchObject({
    'serve.slots': 6,
    'serve.memory': 48 * 2 ** 30,
    'serve.cpus': 5.5,
    'serve.gpus': 0,
    'serve.cluster-slots': 200,
    'serve.runs-per-user': 3,
  });
  expect(clusters.get('hpc')?.slots).toBe(50);
  expect(appRuns).toEqual(new Map([['W_Nuclei.v2', 2]]));
  write(
    'project/cyto-run.yaml',
    'serve: { slots: 0 }\nclusters: { hpc: { work-folder: /scratch, slots: many } }\napps: { a: { runs-at-once: -1 } }\n',
  );
  const { message, details } = await errorOf(load());
  for (const key of ['serve.slots', 'clusters.hpc.slots', 'apps.a.runs-at-once'])
    expect(`${message} ${JSON.stringify(details)}`).toContain(key);
});

test('every setting is in docs/configuration.md and in the schema, with its variable and flag', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` +\|([^|]*)\|([^|]*)\|/gm)];
  const documented = new Map(rows.map(([, key, variable, flag]) => [key, `${variable}${flag}`]));
  const reloads = new Map(
    [...page.matchAll(/^\| `([^`]+)` .*\| ([^|]+?) +\|$/gm)].map(([, key, reload]) => [
      key,
      reload,
    ]),
  );
  const many = ['mount-roots', 'environment.NAME', 'server-parameters.ID', 'scheduler.OPTION'];
  expect([...documented.keys()]).toEqual(expect.arrayContaining([...SETTING_KEYS, ...many]));
  expect(documented.size).toBe(SETTING_KEYS.length + many.length);
  const schema = JSON.parse(
    readFileSync(new URL('../../schemas/configuration.schema.json', import.meta.url), 'utf8'),
  ) as { properties: Record<string, { properties?: object }> };
  for (const key of SETTING_KEYS) {
    const { variable, flag }: { variable?: string; flag?: string } = SETTINGS[key];
    expect(documented.get(key)).toContain(variable ?? '');
    expect(documented.get(key)).toContain(flag === undefined ? '' : `--${flag}`);
    const { atStart }: { atStart?: true } = SETTINGS[key];
    expect(reloads.get(key), key).toMatch(
      atStart === true ? /^restart$/ : /^(yes|next run|no part .*)$/,
    );
    if (key.startsWith('serve.')) expect(reloads.get(key)).toMatch(/yes|restart/);
    const [section = '', name] = key.split('.');
    const parent = schema.properties[section];
    expect(name === undefined ? parent : parent?.properties).toBeDefined();
    if (name !== undefined) expect(parent?.properties).toHaveProperty(name);
  }
});
