import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';

import {
  appImage,
  CONTAINER_TEST_MS,
  IMAGE_BUILD_MS,
  runApp,
  type AppExit,
} from '../support/app-image.ts';
import { describeWith } from '../support/needs.ts';
import { tableRows } from '../support/table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SAMPLES = new URL('../../apps/samples', import.meta.url).pathname;

const square = (left: number, top: number, size: number): number[][] => [
  [left, top],
  [left + size, top],
  [left + size, top + size],
  [left, top + size],
  [left, top],
];

const featureOf = (geometry: unknown, className?: string): unknown => ({
  type: 'Feature',
  geometry,
  properties: className === undefined ? {} : { classification: { name: className } },
});

const polygon = (...coordinates: number[][][]): unknown => ({ type: 'Polygon', coordinates });

vi.setConfig({ testTimeout: CONTAINER_TEST_MS });

describeWith('docker', 'term-area-stats', () => {
  let image: string;
  const count = (folder: string, ...args: readonly string[]): Promise<AppExit> =>
    runApp({
      image,
      arguments: [...args, '--table', 'areas.csv'],
      inputs: { '/samples': SAMPLES },
      out: folder,
    });

  beforeAll(async () => {
    image = await appImage('term-area-stats');
  }, IMAGE_BUILD_MS);

  test('counts, sums and compares the classes of the sample regions', async () => {
    await using folder = await temporaryFolder();
    const { exitCode, stdout } = await count(
      folder.path,
      '--annotations',
      '/samples/regions.geojson',
      '--pixel-size',
      '0.5',
    );
    expect(exitCode).toBe(0);
    expect(readFileSync(join(folder.path, 'areas.csv'), 'utf8')).toBe(
      [
        'image,class,count,area_px,area_um2,mean_area_px,median_area_px,mean_area_um2,median_area_um2,image_area_px,area_ratio',
        'ihc.png,Gland,4,148412.5,37103.125,37103.125,36945.25,9275.7812,9236.3125,262144,0.566149',
        'ihc.png,Lumen,1,4365,1091.25,4365,4365,1091.25,1091.25,262144,0.016651',
        'ihc.png,(all classes),5,152777.5,38194.375,30555.5,33913,7638.875,8478.25,262144,0.5828',
        '(all images),Gland,4,148412.5,37103.125,37103.125,36945.25,9275.7812,9236.3125,262144,0.566149',
        '(all images),Lumen,1,4365,1091.25,4365,4365,1091.25,1091.25,262144,0.016651',
        '(all images),(all classes),5,152777.5,38194.375,30555.5,33913,7638.875,8478.25,262144,0.5828',
        '',
      ].join('\n'),
    );
    expect(stdout).toContain('ihc.png       Gland              4  148412.5    0.566149');
  });

  test('takes holes off, adds parts up, and knows what QuPath and others write', async () => {
    await using folder = await temporaryFolder();
    const parts = { type: 'MultiPolygon', coordinates: [[square(0, 0, 3)], [square(5, 5, 1)]] };
    const list = [
      featureOf(polygon(square(0, 0, 10), square(2, 2, 4).reverse()), 'Tumor'),
      featureOf(parts, 'Tumor'),
      featureOf({ type: 'Point', coordinates: [1, 1] }, 'Cell'),
      featureOf(polygon(square(0, 0, 2))),
      featureOf(null, 'Tumor'),
      {
        type: 'Feature',
        geometry: polygon(square(0, 0, 1)),
        properties: { classification: { names: ['Tumor', 'Positive'] } },
      },
    ];
    writeFileSync(join(folder.path, 'Ärea 1.geojson'), `\uFEFF${JSON.stringify(list)}`);
    expect((await count(folder.path, '--annotations', 'Ärea 1.geojson')).exitCode).toBe(0);

    const rows = tableRows(join(folder.path, 'areas.csv')).filter(
      (row) => row['image'] === 'Ärea 1',
    );
    expect(
      rows.map((row) => [row['class'], row['count'], row['area_px'], row['area_ratio']]),
    ).toEqual([
      ['Cell', '1', '0', ''],
      ['Tumor', '2', '94', ''],
      ['Tumor: Positive', '1', '1', ''],
      ['Unclassified', '1', '4', ''],
      ['(all classes)', '5', '99', ''],
    ]);
  });

  test('puts together what several files say of one picture, and keeps pictures apart', async () => {
    await using folder = await temporaryFolder();
    const write = (name: string, picture: unknown, className: string): void => {
      const features = [featureOf(polygon(square(0, 0, 10)), className)];
      const collection = { type: 'FeatureCollection', picture, features };
      writeFileSync(join(folder.path, name), JSON.stringify(collection));
    };
    write('a1.geojson', { name: 'a.png', sha256: 'aa', width: 20, height: 20 }, 'Tissue');
    write('a2.geojson', { name: 'a.png', sha256: 'aa', width: 20, height: 20 }, 'Nucleus');
    write('b.geojson', { name: 'a.png', sha256: 'bb', width: 100, height: 1 }, 'Tissue');
    await count(folder.path, '--annotations', 'a1.geojson', 'a2.geojson', 'b.geojson');

    const rows = tableRows(join(folder.path, 'areas.csv'));
    expect(rows.map((row) => `${row['image']!}|${row['class']!}|${row['area_ratio']!}`)).toEqual([
      'a.png|Nucleus|0.25',
      'a.png|Tissue|0.25',
      'a.png|(all classes)|0.5',
      'a.png|Tissue|1',
      'a.png|(all classes)|1',
      '(all images)|Nucleus|0.2',
      '(all images)|Tissue|0.4',
      '(all images)|(all classes)|0.6',
    ]);
  });

  test('takes image sizes that the files do not tell, one for all or one for each', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['a', 'b'])
      writeFileSync(
        join(folder.path, `${name}.geojson`),
        JSON.stringify(featureOf(polygon(square(0, 0, 10)), 'Tissue')),
      );
    const ratios = async (...sizes: readonly string[]): Promise<string[]> => {
      const files = ['a.geojson', 'b.geojson'];
      await count(folder.path, '--annotations', ...files, '--image-sizes', ...sizes);
      const rows = tableRows(join(folder.path, 'areas.csv'));
      return rows.filter((row) => row['class'] === 'Tissue').map((row) => row['area_ratio']!);
    };
    expect(await ratios('10x20')).toEqual(['0.5', '0.5', '0.5']);
    expect(await ratios('10x20', '10x10')).toEqual(['0.5', '1', '0.666667']);
  });

  test('a picture without annotations is a row of nothing', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'empty.geojson'), '{"type":"FeatureCollection","features":[]}');
    expect((await count(folder.path, '--annotations', 'empty.geojson')).exitCode).toBe(0);
    expect(tableRows(join(folder.path, 'areas.csv'))[0]).toMatchObject({
      image: 'empty',
      class: '(all classes)',
      count: '0',
      area_px: '0',
      mean_area_px: '',
    });
  });

  test.each([
    { title: 'not JSON', text: '{', exitCode: 3, said: 'x.geojson: cannot be read as GeoJSON' },
    { title: 'JSON of something else', text: '{"a":1}', exitCode: 3, said: 'holds no features' },
    {
      title: 'a broken feature',
      text: '[{"type":"Feature","geometry":{"type":"Polygon"}}]',
      exitCode: 3,
      said: 'x.geojson: feature 1 is not a valid GeoJSON feature',
    },
    {
      title: 'sizes that do not fit the files',
      text: '[]',
      sizes: ['1x1', '2x2'],
      exitCode: 2,
      said: 'got 2 for 1 files',
    },
    {
      title: 'a size that is none',
      text: '[]',
      sizes: ['512'],
      exitCode: 2,
      said: 'for example 512x512',
    },
  ])('says so: $title', async ({ text, sizes, exitCode, said }) => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'x.geojson'), text);
    const args = ['--annotations', 'x.geojson', ...(sizes ? ['--image-sizes', ...sizes] : [])];
    const exit = await count(folder.path, ...args);
    expect(exit.exitCode).toBe(exitCode);
    expect(exit.stderr.trimEnd().split('\n').at(-1)).toContain(said);
  });
});
