import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { askAboutApp } from '../../src/cli/init/questions.ts';
import { readDockerfile } from '../../src/cli/init/dockerfile.ts';
import { cli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HELP = `usage: segment.py [-h] [--threshold THRESHOLD] [--mode {fast,exact}] -o OUTPUT image

Finds cells.

positional arguments:
  image                 the picture

options:
  -h, --help            show this help message and exit
  --threshold THRESHOLD
                        least probability (default: 0.5)
  --mode {fast,exact}   how well (default: fast)
  -o OUTPUT, --output OUTPUT
                        where the mask goes
`;

const DOCKERFILE = `FROM debian AS build
ENTRYPOINT ["make"]
FROM debian
ARG VERSION=1
LABEL org.opencontainers.image.title="cell-segment" \\
      org.opencontainers.image.version="2.1" \\
      org.opencontainers.image.authors="A. Author" \\
      description="$VERSION of something"
CMD ["--quiet"]
ENTRYPOINT ["python3", "/my app/run.py"]
`;

test('a script’s help becomes a Boutiques descriptor that is valid and runs its command', async () => {
  await using home = await temporaryFolder();
  const args = ['init', '--argparse-help', '-', '--image', 'me/cells:1'];
  const { exitCode, stdout, stderr } = await cli(args, { home: home.path, input: HELP });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
  expect(stderr).toContain('wrote descriptor.json (boutiques-0.5, 4 parameters)');
  const descriptor = JSON.parse(
    await readFile(join(home.path, 'descriptor.json'), 'utf8'),
  ) as Record<string, unknown>;
  expect(descriptor).toMatchObject({
    name: 'segment',
    description: 'Finds cells.',
    'container-image': { image: 'me/cells:1' },
    'output-files': [{ 'path-template': '[OUTPUT]', optional: false }],
  });
  expect((await cli(['validate', '--strict', '.'], { home: home.path })).exitCode).toBe(0);
  const values = ['-p', 'image=a.png', '-p', 'output=o.png', '-p', 'threshold=-0.5'];
  const command = await cli(['command', 'descriptor.json', ...values], { home: home.path });
  expect(command.stdout).toBe(
    'python3 segment.py a.png --threshold=-0.5 --mode=fast --output=o.png\n',
  );
});

test('the same help becomes a Cytomine descriptor, with what the server sets', async () => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, 'help.txt'), HELP);
  const args = ['init', 'app.json', '--dialect', 'cytomine-0.1', '--argparse-help', 'help.txt'];
  const { exitCode } = await cli([...args, '--command', 'python run.py'], { home: home.path });
  expect(exitCode).toBe(0);
  expect((await cli(['validate', 'app.json'], { home: home.path })).exitCode).toBe(0);
  const command = await cli(['command', 'app.json', '-p', 'image=1', '-p', 'output=o'], {
    home: home.path,
  });
  expect(command.stdout).toBe('python run.py 1 --threshold 0.5 --mode fast --output o\n');
});

test('placeholders in the command are the parameters, and what it writes to is an output-file', async () => {
  await using home = await temporaryFolder();
  const args = ['init', 'd.json', '--name', 'linecount', '--image', 'debian:bookworm-slim'];
  const line = 'wc -l [INPUT] > [OUT]';
  const { exitCode, stderr } = await cli([...args, '--command', line], { home: home.path });
  expect(exitCode).toBe(0);
  expect(stderr).toContain(
    'note: Guessed from the command: [INPUT] is a file; [OUT] is an output, at linecount.txt.',
  );
  const written = await readFile(join(home.path, 'd.json'), 'utf8');
  expect(JSON.parse(written)).toMatchObject({
    'command-line': line,
    inputs: [{ id: 'input', type: 'File', 'value-key': '[INPUT]' }],
    'output-files': [{ id: 'out', 'value-key': '[OUT]', 'path-template': 'linecount.txt' }],
  });
  const strict = await cli(['validate', '--strict', 'd.json'], { home: home.path });
  expect([strict.exitCode, strict.stdout]).toEqual([0, expect.anything()]);
  const command = await cli(['command', 'd.json', '-p', 'input=a.txt'], { home: home.path });
  expect(command.stdout).toBe('wc -l a.txt > linecount.txt\n');
});

test('placeholders in a Cytomine command are not written twice either', async () => {
  await using home = await temporaryFolder();
  const args = ['init', '-', '--dialect', 'cytomine-0.1', '--name', 'cells', '--image', 'me/cells'];
  const line = 'run --sigma [SIGMA] [CYTOMINE_HOST] [OUT_A] [OUTLIERS] [OUT_B]';
  const { exitCode, stdout } = await cli([...args, '--command', line], { home: home.path });
  expect(exitCode).toBe(0);
  const { 'command-line': written, inputs } = JSON.parse(stdout) as Record<string, unknown>;
  expect(written).toMatch(
    /^run --sigma \[SIGMA\] \[CYTOMINE_HOST\] \[OUT_A\] \[OUTLIERS\] \[OUT_B\] /,
  );
  expect(String(written).match(/\[CYTOMINE_HOST\]|\[SIGMA\]/g)).toHaveLength(2);
  const defaults = (inputs as { id: string; 'default-value'?: unknown }[]).flatMap((input) =>
    input['default-value'] === undefined ? [] : [[input.id, input['default-value']]],
  );
  expect(defaults).toEqual([
    ['out_a', 'cells-out_a.txt'],
    ['out_b', 'cells-out_b.txt'],
  ]);
});

test('a descriptor that is there is written over only with --force', async () => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, 'descriptor.json'), 'precious');
  const args = ['init', '--command', 'run'];
  const refused = await cli(args, { home: home.path });
  expect(refused.exitCode).toBe(73);
  expect(refused.stderr).toContain('is there already');
  expect(await readFile(join(home.path, 'descriptor.json'), 'utf8')).toBe('precious');
  expect((await cli([...args, '--force'], { home: home.path })).exitCode).toBe(0);
  expect((await cli(['validate', 'descriptor.json'], { home: home.path })).exitCode).toBe(0);
});

test('a Dockerfile tells name, version and command; flags come first', async () => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, 'Dockerfile'), DOCKERFILE);
  const args = ['init', '-', '--dockerfile', 'Dockerfile', '--app-version', '3'];
  const { stdout, stderr } = await cli(args, { home: home.path });
  expect(JSON.parse(stdout)).toMatchObject({
    name: 'cell-segment',
    'tool-version': '3',
    author: 'A. Author',
    'command-line': "python3 '/my app/run.py' --quiet [INPUT]",
  });
  expect(stderr).toContain('note: The image is a guess: cell-segment:1');
});

test('of a Dockerfile only the last stage counts, and no variable is taken for a value', () => {
  expect(readDockerfile(DOCKERFILE)).toEqual({
    command: "python3 '/my app/run.py' --quiet",
    name: 'cell-segment',
    version: '2.1',
    author: 'A. Author',
  });
  expect(readDockerfile('FROM x\nENTRYPOINT python3 \\\n  run.py')).toEqual({
    command: 'python3 run.py',
  });
  expect(readDockerfile('not a Dockerfile')).toEqual({});
});

test('without a person to ask and without a word about the command it says what to give', async () => {
  await using home = await temporaryFolder();
  const { exitCode, stderr } = await cli(['init'], { home: home.path });
  expect(exitCode).toBe(64);
  expect(stderr).toContain('--argparse-help');
  const missing = await cli(['init', '--dockerfile', 'none'], { home: home.path });
  expect(missing.exitCode).toBe(66);
});

test('a person is asked a few questions, and again where the answer is none of those offered', async () => {
  const answers = ['cells', 'Finds cells.', 'cyto', 'me/cells', 'python run.py'];
  answers.push('--min-area', 'what', 'number', '40', 'quiet', 'switch', 'image', 'file', 'no', '');
  const asked: string[] = [];
  const app = await askAboutApp((question) => {
    asked.push(question);
    return Promise.resolve(answers.shift() ?? '');
  }, 'folder');
  expect(app).toEqual({
    dialect: 'cytomine-0.1',
    name: 'cells',
    description: 'Finds cells.',
    image: 'me/cells',
    command: 'python run.py',
    parameters: [
      {
        id: 'min_area',
        name: 'Min area',
        kind: 'number',
        flag: '--min-area',
        required: false,
        defaults: ['40'],
      },
      { id: 'quiet', name: 'Quiet', kind: 'switch', flag: '--quiet', required: false },
      { id: 'image', name: 'Image', kind: 'file', required: false },
    ],
  });
  expect(asked[0]).toBe('Name of the app [folder]: ');
  expect(answers).toEqual([]);
});
