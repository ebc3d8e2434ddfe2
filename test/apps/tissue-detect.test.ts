import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';

import {
  appImage,
  CONTAINER_TEST_MS,
  IMAGE_BUILD_MS,
  runApp,
  type AppExit,
} from '../support/app-image.ts';
import { expectOutlinesOf, readCollection } from '../support/geojson.ts';
import { describeWith } from '../support/needs.ts';
import {
  areasOf,
  grain,
  labelAt,
  overlap,
  painted,
  readLabels,
  readPng,
  writePng,
  type Paint,
} from '../support/picture-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SAMPLE = new URL('../../apps/samples/ihc.png', import.meta.url).pathname;
const FOLDER_MODE = ['--infolder', '/in', '--outfolder', '/out', '--local', '-nmc'];

/** A folder of pictures and an empty one for results. */
async function bench(): Promise<AsyncDisposable & { readonly in: string; readonly out: string }> {
  const folder = await temporaryFolder();
  const [input, out] = [join(folder.path, 'in'), join(folder.path, 'out')];
  mkdirSync(input);
  mkdirSync(out);
  return { in: input, out, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const inside = (x: number, y: number, left: number, top: number, size: number): boolean =>
  x >= left && x < left + size && y >= top && y < top + size;

/** Wider than the largest piece without glass, narrower than the light is even. */
const BLOCK_FOR_UNEVEN_LIGHT = ['--threshold_blocksize', '301'];

/** Two pieces of tissue, one of them with a hole. */
const isTissue = (x: number, y: number): boolean =>
  (Math.hypot(x - 200, y - 240) < 130 && Math.hypot(x - 215, y - 250) >= 55) ||
  inside(x, y, 420, 120, 150);

/** Pale pink tissue on glass that gets darker towards one side, as a camera sees it. */
const slide: Paint = (x, y) => {
  const light = 1 - 0.1 * (x / 640);
  const colour = isTissue(x, y) ? [222, 186, 208] : [242, 240, 243];
  return colour.map((value) => Math.round(value * light) + grain(x, y));
};

const small: Paint = (x, y) => (inside(x, y, 30, 20, 60) ? [200, 120, 170] : [241, 240, 242]);

vi.setConfig({ testTimeout: CONTAINER_TEST_MS });

describeWith('docker', 'tissue-detect', () => {
  let image: string;
  const detect = (
    folders: { in: string; out: string },
    ...options: readonly string[]
  ): Promise<AppExit> =>
    runApp({
      image,
      arguments: ['python', 'run.py', ...options, ...FOLDER_MODE],
      inputs: { '/in': folders.in },
      out: folders.out,
    });

  beforeAll(async () => {
    image = await appImage('tissue-detect');
  }, IMAGE_BUILD_MS);

  test('finds tissue of known outline, with its hole, under uneven light', async () => {
    await using folders = await bench();
    writePng(join(folders.in, 'slide.png'), painted(640, 480, slide));
    const exit = await detect(folders, ...BLOCK_FOR_UNEVEN_LIGHT);
    expect(exit).toMatchObject({ exitCode: 0, stderr: '' });

    const labels = readLabels(join(folders.out, 'slide_mask.tif'));
    const outlines = readCollection(join(folders.out, 'slide.geojson'));
    expect(overlap(labels, isTissue)).toBeGreaterThan(0.95);
    expectOutlinesOf(outlines, labels);
    expect(outlines.features.map((piece) => piece.geometry.coordinates.length)).toEqual([2, 1]);
  });

  test('gives full-size results when it looked at a reduced picture', async () => {
    await using folders = await bench();
    writePng(join(folders.in, 'slide.png'), painted(640, 480, slide));
    const reduced = ['--max_image_size', '200', '--threshold_blocksize', '101'];
    await detect(folders, ...reduced, '--erode_iterations', '1', '--dilate_iterations', '1');

    const labels = readLabels(join(folders.out, 'slide_mask.tif'));
    expect([labels.width, labels.height]).toEqual([640, 480]);
    expect(overlap(labels, isTissue)).toBeGreaterThan(0.9);
    expectOutlinesOf(readCollection(join(folders.out, 'slide.geojson')), labels);
  });

  test('on colon mucosa takes glands and stroma and leaves out the two empty spaces', async () => {
    await using folders = await bench();
    copyFileSync(SAMPLE, join(folders.in, 'ihc.png'));
    const { stdout } = await detect(folders, '--tissue_class', 'Mucosa');

    const labels = readLabels(join(folders.out, 'ihc_mask.tif'));
    const areas = areasOf(labels);
    expect(areas.size).toBe(1);
    expect(areas.get(1)! / 512 ** 2).toBeGreaterThan(0.95);
    expect(areas.get(1)! / 512 ** 2).toBeLessThan(0.985);
    const [glandLumen, vessel] = [labelAt(labels, 15, 340), labelAt(labels, 450, 425)];
    const [gland, stroma] = [labelAt(labels, 150, 150), labelAt(labels, 380, 300)];
    expect({ glandLumen, vessel, gland, stroma }).toEqual({
      glandLumen: 0,
      vessel: 0,
      gland: 1,
      stroma: 1,
    });
    expect(readCollection(join(folders.out, 'ihc.geojson')).features[0]!.properties).toMatchObject({
      objectType: 'annotation',
      name: 'Mucosa 1',
      classification: { name: 'Mucosa', color: [0, 170, 60] },
      measurements: [{ name: 'Area px^2', value: areas.get(1) }],
    });
    expect(stdout).toContain('ihc.png: 1 tissue piece(s), 97');
  });

  test('draws the outline on a picture of the same size and leaves the rest as it was', async () => {
    await using folders = await bench();
    copyFileSync(SAMPLE, join(folders.in, 'ihc.png'));
    await detect(folders);

    const [before, after] = [readPng(SAMPLE), readPng(join(folders.out, 'ihc_overlay.png'))];
    expect([after.width, after.height, after.channels]).toEqual([512, 512, 3]);
    const changed = Array.from({ length: 512 ** 2 }, (_, pixel) => pixel).filter((pixel) =>
      [0, 1, 2].some(
        (channel) => before.data[pixel * 3 + channel] !== after.data[pixel * 3 + channel],
      ),
    );
    expect(changed.length).toBeGreaterThan(500);
    expect(changed.length).toBeLessThan(0.05 * 512 ** 2);
    const colours = changed.map((pixel) => after.data.slice(pixel * 3, pixel * 3 + 3).join(' '));
    expect(new Set(colours)).toEqual(new Set(['0 170 60']));
  });

  test('gives the same bytes again', async () => {
    await using first = await bench();
    await using second = await bench();
    for (const { in: folder } of [first, second]) copyFileSync(SAMPLE, join(folder, 'ihc.png'));
    await Promise.all([detect(first), detect(second)]);

    const names = readdirSync(first.out).sort();
    expect(names).toEqual(['ihc.geojson', 'ihc_mask.tif', 'ihc_overlay.png']);
    const bytesIn = (folder: string) => names.map((name) => readFileSync(join(folder, name)));
    expect(bytesIn(first.out)).toEqual(bytesIn(second.out));
  });

  test('reads grey, alpha, 16-bit and one-pixel pictures, and names with spaces and unicode', async () => {
    await using folders = await bench();
    const grey: Paint = (x, y) => [small(x, y)[1]!];
    writePng(join(folders.in, 'grey.png'), painted(160, 120, grey));
    writePng(
      join(folders.in, 'deep.png'),
      painted(160, 120, (x, y) => [grey(x, y)[0]! * 16], 16),
    );
    writePng(join(folders.in, 'Größe 1 ✓.png'), painted(160, 120, small));
    writePng(
      join(folders.in, 'clear.png'),
      painted(160, 120, (x, y) => (inside(x, y, 30, 20, 60) ? [200, 120, 170, 255] : [0, 0, 0, 0])),
    );
    writePng(
      join(folders.in, 'one.png'),
      painted(1, 1, () => [9, 9, 9]),
    );
    expect((await detect(folders)).exitCode).toBe(0);

    const piecesIn = (name: string) =>
      readCollection(join(folders.out, `${name}.geojson`)).features;
    for (const name of ['grey', 'deep', 'Größe 1 ✓', 'clear']) {
      const labels = readLabels(join(folders.out, `${name}_mask.tif`));
      expectOutlinesOf(readCollection(join(folders.out, `${name}.geojson`)), labels);
      expect([...areasOf(labels).values()].map((area) => Math.round(area / 1000))).toEqual([4]);
    }
    expect(piecesIn('one')).toEqual([]);
  });

  test('names what it skips and what it cannot read, does the rest, and fails', async () => {
    await using folders = await bench();
    writePng(join(folders.in, 'good.png'), painted(160, 120, small));
    const good = readFileSync(join(folders.in, 'good.png'));
    writeFileSync(join(folders.in, 'cut short.png'), good.subarray(0, good.length / 2));
    writeFileSync(join(folders.in, 'letter.png'), 'Dear colleague');
    writeFileSync(join(folders.in, 'notes.txt'), 'not a picture');
    const { exitCode, stdout } = await detect(folders);

    expect(exitCode).toBe(1);
    expect(stdout).toContain('[INFO] Skipped notes.txt: not a picture');
    expect(stdout).toContain('[ERROR] letter.png is not a picture that can be read');
    expect(stdout).toContain('[ERROR] cut short.png cannot be read (');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /"2 of 3 pictures failed: cut short\.png, letter\.png" \(status: FAILED, progress: 100%\)$/,
    );
    expect(readdirSync(folders.out).sort()).toEqual([
      'good.geojson',
      'good_mask.tif',
      'good_overlay.png',
    ]);
  });

  test('keeps the results of two pictures apart whose names differ in their ending only', async () => {
    await using folders = await bench();
    writePng(join(folders.in, 'a.png'), painted(160, 120, small));
    copyFileSync(join(folders.in, 'a.png'), join(folders.in, 'a.PNG'));
    await detect(folders);
    expect(
      readdirSync(folders.out)
        .filter((name) => name.endsWith('.geojson'))
        .sort(),
    ).toEqual(['a.PNG.geojson', 'a.png.geojson']);
  });

  test('logs as Cytomine apps do, as much as the log level lets through', async () => {
    await using folders = await bench();
    for (const name of ['a', 'b'])
      writePng(join(folders.in, `${name}.png`), painted(160, 120, small));
    const line = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]\[[A-Z]+\] /;
    const { stdout } = await detect(folders);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((text) => !line.test(text))).toEqual([]);
    const statuses = lines.flatMap((text) => /status update: (".*")/.exec(text)?.[1] ?? []);
    expect(statuses).toEqual([
      '"Looking for pictures"',
      '"Detecting tissue in a.png (1 of 2)"',
      '"Detecting tissue in b.png (2 of 2)"',
      '"Job successfully terminated"',
    ]);
    expect(lines.flatMap((text) => /progress: (\d+)%\)$/.exec(text)?.[1] ?? [])).toEqual([
      '0',
      '0',
      '50',
      '100',
    ]);
    expect((await detect(folders, '--log_level', 'WARNING')).stdout).toBe('');
  });

  test.each([
    {
      title: 'no picture in the folder',
      args: FOLDER_MODE,
      exitCode: 1,
      said: 'No picture in /in',
    },
    {
      title: 'no folders',
      args: ['--cytomine_host', 'x'],
      exitCode: 2,
      said: 'Give --infolder and --outfolder',
    },
    {
      title: 'parameters out of range, all at once',
      args: [...FOLDER_MODE, '--threshold_blocksize', '4', '--max_image_size', '1'],
      exitCode: 2,
      said: /max_image_size must be at least 16 \(got 1\)\n.*threshold_blocksize must be odd/,
    },
    {
      title: 'a folder that is not there',
      args: ['--infolder', '/nowhere', '--outfolder', '/out'],
      exitCode: 2,
      said: '--infolder /nowhere is not a folder',
    },
    {
      title: 'a folder it may not write to',
      args: ['--infolder', '/sample', '--outfolder', '/sample'],
      exitCode: 1,
      said: /Cannot write \/sample\/ihc\.geojson: Read-only file system/,
    },
  ])('says so: $title', async ({ args, exitCode, said }) => {
    await using folders = await bench();
    const sample = join(SAMPLE, '..');
    const inputs = { '/in': folders.in, '/sample': sample };
    const exit = await runApp({ image, arguments: args, inputs, out: folders.out });
    expect(exit.exitCode).toBe(exitCode);
    expect(exit.stdout).toMatch(said);
  });
});
