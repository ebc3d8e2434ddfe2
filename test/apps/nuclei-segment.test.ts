import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';

import {
  appImage,
  CONTAINER_TEST_MS,
  IMAGE_BUILD_MS,
  runApp,
  type AppExit,
} from '../support/app-image.ts';
import { areaOf, expectOutlinesOf, readCollection } from '../support/geojson.ts';
import { describeWith } from '../support/needs.ts';
import {
  areasOf,
  grain,
  labelAt,
  painted,
  readLabels,
  readPng,
  writePng,
  type Labels,
  type Paint,
} from '../support/picture-files.ts';
import { NUCLEI_BY_EYE, OTHERS_BY_EYE } from '../support/sample-places.ts';
import { tableRows } from '../support/table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SAMPLE = new URL('../../apps/samples/ihc.png', import.meta.url).pathname;
const OUTPUTS = [
  ...['--labels', 'labels.tif', '--objects', 'objects.geojson'],
  ...['--table', 'table.csv', '--overlay', 'overlay.png'],
];

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Thirty nuclei of three sizes apart from each other, and five pairs that touch. */
const DISCS: readonly Disc[] = [
  ...Array.from({ length: 30 }, (_, index) => ({
    x: 40 + (index % 6) * 50,
    y: 30 + Math.floor(index / 6) * 45,
    radius: 7 + (index % 3) * 2,
  })),
  ...Array.from({ length: 5 }, (_, index) => index * 60 + 40).flatMap((x) => [
    { x: x - 8, y: 265, radius: 10 },
    { x: x + 8, y: 265, radius: 10 },
  ]),
];

/** Haematoxylin on eosin. */
const section: Paint = (x, y) => {
  const isNucleus = DISCS.some((disc) => Math.hypot(x - disc.x, y - disc.y) <= disc.radius);
  return (isNucleus ? [104, 92, 160] : [236, 205, 224]).map((value) => value + grain(x, y));
};

const circleArea = ({ radius }: Disc): number => Math.PI * radius ** 2;

vi.setConfig({ testTimeout: CONTAINER_TEST_MS });

describeWith('docker', 'nuclei-segment', () => {
  let image: string;
  const segment = (folder: string, ...args: readonly string[]): Promise<AppExit> =>
    runApp({
      image,
      entrypoint: 'python3',
      arguments: ['/app/run.py', ...args, ...OUTPUTS],
      inputs: { '/sample.png': SAMPLE },
      out: folder,
    });

  beforeAll(async () => {
    image = await appImage('nuclei-segment');
  }, IMAGE_BUILD_MS);

  test('finds every nucleus of a known section, parts those that touch, and measures them', async () => {
    await using folder = await temporaryFolder();
    writePng(join(folder.path, 'section.png'), painted(360, 300, section));
    const measure = ['--measure', 'hematoxylin,eosin,brightness', '--pixel-size', '0.25'];
    expect((await segment(folder.path, 'section.png', ...measure)).exitCode).toBe(0);

    const labels = readLabels(join(folder.path, 'labels.tif'));
    const rows = tableRows(join(folder.path, 'table.csv'));
    expectOutlinesOf(readCollection(join(folder.path, 'objects.geojson')), labels);
    expect(rows).toHaveLength(DISCS.length);
    for (const disc of DISCS) {
      const row = rows[labelAt(labels, disc.x, disc.y) - 1]!;
      const offset = Math.hypot(
        +row['centroid_x']! - 0.5 - disc.x,
        +row['centroid_y']! - 0.5 - disc.y,
      );
      expect(offset).toBeLessThan(1.2);
      // Half a pixel too wide all round is what smoothing costs.
      expect(+row['area_px']! / circleArea(disc)).toBeGreaterThan(0.95);
      expect(+row['area_px']! / circleArea(disc)).toBeLessThan(1.18);
      expect(+row['area_um2']!).toBeCloseTo(+row['area_px']! / 16, 3);
      expect(+row['eccentricity']!).toBeLessThan(0.6);
      expect(+row['mean_brightness']!).toBeLessThan(140);
      expect(+row['mean_hematoxylin']!).toBeGreaterThan(+row['mean_eosin']!);
    }
  });

  test('the table, the outlines and the label image tell the same', async () => {
    await using folder = await temporaryFolder();
    await segment(folder.path, '/sample.png');

    const areas = areasOf(readLabels(join(folder.path, 'labels.tif')));
    const rows = tableRows(join(folder.path, 'table.csv'));
    const { features } = readCollection(join(folder.path, 'objects.geojson'));
    expect(rows.map((row) => +row['label']!)).toEqual(rows.map((_, index) => index + 1));
    expect(rows.map((row) => +row['area_px']!)).toEqual(
      rows.map((_, index) => areas.get(index + 1)),
    );
    expect(features.map(areaOf)).toEqual(rows.map((row) => +row['area_px']!));
    const carried = features.map(({ properties }) =>
      Object.fromEntries(properties.measurements.map(({ name, value }) => [name, value])),
    );
    expect(carried.map((values) => values['eccentricity'])).toEqual(
      rows.map((row) => +row['eccentricity']!),
    );
    expect(features[0]!.properties).toMatchObject({ objectType: 'detection', name: 'Nucleus 1' });
  });

  test('on stained colon finds a plausible number of nuclei of plausible size, where nuclei are', async () => {
    await using folder = await temporaryFolder();
    const { exitCode, stdout, stderr } = await segment(folder.path, '/sample.png');

    const labels = readLabels(join(folder.path, 'labels.tif'));
    expectOutlinesOf(readCollection(join(folder.path, 'objects.geojson')), labels);
    const areas = [...areasOf(labels).values()].sort((a, b) => a - b);
    const total = areas.reduce((sum, area) => sum + area, 0);
    expect(exitCode).toBe(0);
    expect(areas.length).toBeGreaterThan(330);
    expect(areas.length).toBeLessThan(420);
    expect(areas[0]).toBeGreaterThanOrEqual(40);
    expect(areas.at(-1)).toBeLessThanOrEqual(2000);
    expect(areas[areas.length >> 1]).toBeGreaterThan(150);
    expect(areas[areas.length >> 1]).toBeLessThan(260);
    expect(total / 512 ** 2).toBeGreaterThan(0.28);
    expect(total / 512 ** 2).toBeLessThan(0.38);
    expect(shareHit(labels, NUCLEI_BY_EYE)).toBeGreaterThan(0.9);
    expect(shareHit(labels, OTHERS_BY_EYE)).toBe(0);
    expect(stdout).toBe(
      `ihc.png: ${areas.length} nuclei, 32.9% of 512 x 512 pixels\n`.replace('ihc', 'sample'),
    );
    expect(percentagesOf(stderr)).toEqual([...percentagesOf(stderr)].sort((a, b) => a - b));
    expect(percentagesOf(stderr).at(-1)).toBe(100);
    expect(stderr.split('\r').length).toBeGreaterThan(10);
  });

  test('draws outlines inside the nuclei only, on a picture of the same size', async () => {
    await using folder = await temporaryFolder();
    await segment(folder.path, '/sample.png');

    const labels = readLabels(join(folder.path, 'labels.tif'));
    const [before, after] = [readPng(SAMPLE), readPng(join(folder.path, 'overlay.png'))];
    expect([after.width, after.height, after.channels]).toEqual([512, 512, 3]);
    const changed = Array.from(labels.numbers.keys()).filter((pixel) =>
      [0, 1, 2].some(
        (channel) => before.data[pixel * 3 + channel] !== after.data[pixel * 3 + channel],
      ),
    );
    expect(changed.every((pixel) => labels.numbers[pixel]! > 0)).toBe(true);
    expect(changed.length / labels.numbers.length).toBeGreaterThan(0.05);
  });

  test('gives the same bytes again', async () => {
    await using first = await temporaryFolder();
    await using second = await temporaryFolder();
    await Promise.all([segment(first.path, '/sample.png'), segment(second.path, '/sample.png')]);

    const names = readdirSync(first.path).sort();
    expect(names).toEqual(['labels.tif', 'objects.geojson', 'overlay.png', 'table.csv']);
    const bytesIn = (folder: string) => names.map((name) => readFileSync(join(folder, name)));
    expect(bytesIn(first.path)).toEqual(bytesIn(second.path));
  });

  test('looks only where the region mask says', async () => {
    await using folder = await temporaryFolder();
    writePng(
      join(folder.path, 'left half.png'),
      painted(512, 512, (x) => [x < 256 ? 7 : 0]),
    );
    await segment(folder.path, '/sample.png', '--region-mask', 'left half.png');

    const labels = readLabels(join(folder.path, 'labels.tif'));
    const right = Array.from(labels.numbers.keys()).filter((pixel) => pixel % 512 >= 256);
    expect(right.every((pixel) => labels.numbers[pixel] === 0)).toBe(true);
    expect(areasOf(labels).size).toBeGreaterThan(100);
  });

  test('can leave out nuclei that the border cuts', async () => {
    await using folder = await temporaryFolder();
    await segment(folder.path, '/sample.png', '--drop-border-nuclei');
    const labels = readLabels(join(folder.path, 'labels.tif'));
    const border = Array.from({ length: 512 }, (_, place) => [
      labelAt(labels, place, 0),
      labelAt(labels, place, 511),
      labelAt(labels, 0, place),
      labelAt(labels, 511, place),
    ]);
    expect(border.flat().filter((number) => number > 0)).toEqual([]);
    expect(areasOf(labels).size).toBeGreaterThan(250);
  });

  test.each(['otsu', 'li', 'triangle'])('every threshold method works: %s', async (method) => {
    await using folder = await temporaryFolder();
    writePng(join(folder.path, 'section.png'), painted(360, 300, section));
    await segment(folder.path, 'section.png', '--threshold-method', method);
    const found = areasOf(readLabels(join(folder.path, 'labels.tif'))).size;
    expect(found).toBe(DISCS.length);
  });

  test('takes grey, alpha, 16-bit, empty and one-pixel pictures', async () => {
    await using folder = await temporaryFolder();
    const pictures: Readonly<Record<string, ReturnType<typeof painted>>> = {
      'grey é.png': painted(360, 300, (x, y) => [section(x, y)[0]!]),
      'alpha.png': painted(360, 300, (x, y) => [...section(x, y), 255]),
      'deep.png': painted(360, 300, (x, y) => section(x, y).map((value) => value * 257), 16),
      'even.png': painted(64, 64, () => [180, 160, 200]),
      'one.png': painted(1, 1, () => [0, 0, 0]),
    };
    const counts: Record<string, number> = {};
    for (const [name, picture] of Object.entries(pictures)) {
      writePng(join(folder.path, name), picture);
      expect((await segment(folder.path, name, '--measure', 'dab')).exitCode).toBe(0);
      const rows = tableRows(join(folder.path, 'table.csv'));
      expect(areasOf(readLabels(join(folder.path, 'labels.tif'))).size).toBe(rows.length);
      counts[name] = rows.length;
    }
    expect(counts).toMatchObject({ 'alpha.png': 40, 'deep.png': 40, 'even.png': 0, 'one.png': 0 });
    expect(counts['grey é.png']).toBeGreaterThan(0);
    expect(readFileSync(join(folder.path, 'table.csv'), 'utf8')).toMatch(
      /^label,area_px,.*,mean_dab\n$/,
    );
  });

  test.each([
    {
      title: 'a picture that is none',
      args: ['letter.png'],
      exitCode: 3,
      said: 'letter.png is not a picture that can be read',
    },
    {
      title: 'a picture that is not there',
      args: ['gone.png'],
      exitCode: 3,
      said: 'gone.png cannot be read (',
    },
    {
      title: 'a mask of another size',
      args: ['/sample.png', '--region-mask', 'mask.png'],
      exitCode: 4,
      said: 'mask.png is 8 x 9 pixels, the picture is 512 x 512',
    },
    {
      title: 'two ways to choose the threshold',
      args: ['/sample.png', '--threshold-method', 'li', '--fixed-threshold', '0.1'],
      exitCode: 2,
      said: 'not allowed with argument',
    },
    {
      title: 'an unknown measure',
      args: ['/sample.png', '--measure', 'dab,pas'],
      exitCode: 2,
      said: 'does not know pas',
    },
    {
      title: 'an even block',
      args: ['/sample.png', '--local-block-size', '50'],
      exitCode: 2,
      said: 'must be odd',
    },
    {
      title: 'an output that cannot be written',
      args: ['/sample.png', '--class-name', 'x', '--labels', '/no/l.tif'],
      exitCode: 5,
      said: 'cannot write /no',
    },
  ])('says so: $title', async ({ args, exitCode, said }) => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'letter.png'), 'Dear colleague');
    writePng(
      join(folder.path, 'mask.png'),
      painted(8, 9, () => [1]),
    );
    const overridden = args.includes('--labels') ? OUTPUTS.slice(2) : OUTPUTS;
    const exit = await runApp({
      image,
      arguments: [...args, ...overridden],
      inputs: { '/sample.png': SAMPLE },
      out: folder.path,
    });
    expect(exit.exitCode).toBe(exitCode);
    expect(exit.stderr.trimEnd().split('\n').at(-1)).toContain(said);
    expect(exit.stderr).not.toContain('Traceback');
  });
});

const shareHit = (labels: Labels, places: readonly (readonly [number, number])[]): number =>
  places.filter(([x, y]) => labelAt(labels, x, y) > 0).length / places.length;

const percentagesOf = (stderr: string): number[] =>
  [...stderr.matchAll(/(\d+)%\|/g)].map(([, percent]) => Number(percent));
