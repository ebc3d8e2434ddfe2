import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { eachItems } from '../../../src/cli/batch/each-items.ts';
import { checkEach } from '../../../src/site/batch/prepare-items.ts';
import { nameItems } from '../../../src/site/batch/item-names.ts';
import type { GivenItem, GivenItems } from '../../../src/site/batch/item.ts';
import { readItems } from '../../../src/cli/batch/read-items.ts';
import { processTerminal, type Terminal } from '../../../src/cli/terminal.ts';
import { RunnerError } from '../../../src/base/errors.ts';
import { parseDescriptor, plainOf, type Descriptor } from '../../../src/descriptor/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const descriptor = descriptorWith([
  { id: 'slide', type: 'File', 'value-key': '[SLIDE]' },
  { id: 'size', type: 'Number', 'value-key': '[SIZE]', optional: true },
  { id: 'tags', type: 'String', 'value-key': '[TAGS]', optional: true, list: true },
]);

function descriptorWith(inputs: readonly object[]): Descriptor {
  const { descriptor: read, diagnostics } = parseDescriptor(
    JSON.stringify({
      'schema-version': '0.5',
      name: 'demo',
      description: 'x',
      'tool-version': '1',
      'command-line': 'demo [SLIDE] [SIZE] [TAGS] [ITEM]',
      'container-image': { type: 'docker', image: 'demo:1' },
      inputs: inputs.map((input) => ({ name: 'x', ...input })),
    }),
  );
  if (read === undefined) throw new Error(JSON.stringify(diagnostics));
  return read;
}

async function reading(name: string, text: string, of = descriptor): Promise<GivenItems> {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, name), text);
  return await readItems(name, of, { ...processTerminal(), cwd: folder.path });
}

const plain = ({ values, ...rest }: GivenItem): object => ({
  ...rest,
  values: Object.fromEntries(
    Object.entries(values).map(([id, raw]) => [
      id,
      raw.kind === 'text' ? raw.texts : plainOf(raw.value),
    ]),
  ),
});

const EXPECTED = [
  { name: 'one', values: { slide: 'a b.tif', size: 5, tags: ['x', 'y'] } },
  { values: { slide: 'ü.tif' } },
];

test.each([
  [
    'items.jsonl',
    '{"item":"one","slide":"a b.tif","size":5,"tags":["x","y"]}\n\n{"slide":"ü.tif"}\n',
  ],
  [
    'items.ndjson',
    '{"@item":"one","slide":"a b.tif","size":5,"tags":["x","y"]}\r\n{"slide":"ü.tif"}',
  ],
  [
    'items.json',
    '[\n {"item":"one","slide":"a b.tif","size":5,"tags":["x","y"]},\n {"slide":"ü.tif"}\n]',
  ],
  ['items.yaml', '- item: one\n  slide: a b.tif\n  size: 5\n  tags: [x, y]\n- slide: ü.tif\n'],
])('%s gives items, each with its place', async (name, text) => {
  const { items, faults } = await reading(name, text);
  expect(faults).toEqual([]);
  expect(items.map(plain)).toMatchObject(EXPECTED);
  expect(new Set(items.map(({ place }) => place)).size).toBe(2);
});

test.each([
  ['commas', 'item,slide,size,tags\none,"a b.tif",5,x;y\n,ü.tif,,\n'],
  [
    'semicolons, as a spreadsheet of many countries writes',
    'item;slide;size;tags\r\none;a b.tif;5;"x;y"\r\n;ü.tif;;\r\n',
  ],
  [
    'tabs and a byte order mark',
    '\uFEFFitem\tslide\tsize\ttags\none\ta b.tif\t5\t["x","y"]\n\tü.tif\t\t\n',
  ],
])('CSV with %s: the header has ids, an empty cell is no value', async (_what, text) => {
  const { items, faults } = await reading('items.csv', text);
  expect(faults).toEqual([]);
  expect(items.map(plain)).toMatchObject([
    { name: 'one', place: 'line 2', values: { slide: ['a b.tif'], size: ['5'], tags: ['x', 'y'] } },
    { place: 'line 3', values: { slide: ['ü.tif'] } },
  ]);
  expect(Object.keys(items[1]?.values ?? {})).toEqual(['slide']);
});

test('a number keeps how it was written, also as a name', async () => {
  const { items } = await reading('i.jsonl', '{"item":007e0,"slide":"a"}'.replace('007', '7.50'));
  expect(items[0]?.name).toBe('7.50e0');
});

test('an app that has an input called item is named by @item', async () => {
  const own = descriptorWith([{ id: 'item', type: 'String', 'value-key': '[ITEM]' }]);
  const { items } = await reading('i.jsonl', '{"item":"v","@item":"n"}', own);
  expect(items.map(plain)).toMatchObject([{ name: 'n', values: { item: 'v' } }]);
});

test('everything that is wrong is told, each with its line, and the good items are still read', async () => {
  const lines = ['{"slide":"a"}', '{"slide":', '[1]', '{"slide":"b"}', '{"item":{}}'];
  const { items, faults } = await reading('i.jsonl', lines.join('\n'));
  expect(items).toHaveLength(2);
  expect(faults.map(({ place }) => place)).toEqual(['line 2', 'line 3', 'line 5']);
  const csv = await reading('i.csv', 'slide,slide,\na\nb,c,d\n');
  expect(csv.faults).toMatchObject([
    { messages: ['"slide" is there twice.'] },
    { messages: ['Column 3 has no name.'] },
    { place: 'line 2', messages: ['It has 1 cells, the header has 3.'] },
  ]);
  const cut = await reading('i.csv', 'slide\n"a\nb');
  expect(cut.faults).toHaveLength(1);
  expect((await reading('i.json', '{"slide":"a"}')).faults[0]?.messages[0]).toContain('not a list');
  expect((await reading('i.yaml', '- 1\n- slide: a\n')).faults[0]?.place).toBe('line 1');
  await expect(reading('i.txt', 'x')).rejects.toMatchObject({ code: 'usage' });
});

test('no text of items makes it throw anything but what is told', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('i.csv', 'i.jsonl', 'i.json', 'i.yaml'),
      fc.oneof(
        fc.string(),
        fc.string({ unit: fc.constantFrom(...Array.from('[]{}",;\n\t: -ab1')) }),
      ),
      async (name, text) => {
        const { items, faults } = await readText(name, text);
        expect(Array.isArray(items) && Array.isArray(faults)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );

  async function readText(name: string, text: string): Promise<GivenItems> {
    const terminal: Terminal = { ...processTerminal(), cwd: scratch.path };
    await writeFile(join(scratch.path, name), text);
    return readItems(name, descriptor, terminal);
  }
});
const scratch = await temporaryFolder();

test('each file of a pattern is an item, numbers by their value', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'd'));
  for (const name of ['s10.tif', 's9.tif', 'é ü.tif', 'x.txt'])
    await writeFile(join(folder.path, 'd', name), '');
  const items = await eachItems('slide=d/*.tif', descriptor, folder.path);
  expect(items.map(plain)).toMatchObject([
    { values: { slide: ['d/é ü.tif'] } },
    { values: { slide: ['d/s9.tif'] } },
    { values: { slide: ['d/s10.tif'] } },
  ]);
  await expect(eachItems('slide=none/*', descriptor, folder.path)).rejects.toMatchObject({
    code: 'usage',
  });
  await expect(eachItems('slde=d/*', descriptor, folder.path)).rejects.toMatchObject({
    hint: 'Did you mean slide?',
  });
  await expect(eachItems('slide', descriptor, folder.path)).rejects.toMatchObject({
    code: 'usage',
  });
});

const named = (...items: readonly Partial<GivenItem>[]) =>
  nameItems(
    items.map((item, index) => ({ place: `line ${index + 1}`, values: {}, ...item })),
    descriptor,
  );
const file = (path: string): Partial<GivenItem> => ({
  values: { slide: { kind: 'text', texts: [path] } },
});

test('an item is called as the user says, else like its file, else by its number; ours are told apart', () => {
  const { items, faults } = named(
    { name: 'mine' },
    file('a/s.tif'),
    file('b/s.tif'),
    {},
    file('mine'),
  );
  expect(faults).toEqual([]);
  expect(items.map(({ name }) => name)).toEqual(['mine', 's.tif', 's.tif-2', '4', 'mine-2']);
});

test('a name that the user gave twice is a fault, also when it is only written in another way', () => {
  const { faults } = named({ name: 'caf\u00e9' }, { name: 'x' }, { name: 'cafe\u0301' });
  expect(faults).toMatchObject([{ place: 'line 3' }]);
  expect(faults[0]?.messages[0]).toContain('line 1');
});

test('whatever items are called, each has one folder of its own, below and nowhere else', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 300 }), {
        maxLength: 20,
        selector: (text) => text.normalize('NFC'),
      }),
      (names) => {
        const { items, faults } = named(...names.map((name) => ({ name })));
        expect(faults).toEqual([]);
        const folders = items.map(({ folder }) => folder);
        expect(new Set(folders.map((folder) => folder.toLowerCase())).size).toBe(names.length);
        for (const folder of folders) {
          expect(folder).not.toMatch(/[/]|^\.{1,2}$|^$/);
          expect(Buffer.byteLength(folder)).toBeLessThanOrEqual(255);
        }
      },
    ),
  );
});

test('ten thousand wrong items: a thousand are looked at, one in a turn, and what was left out is told', async () => {
  const items = Array.from({ length: 10_000 }, (_, at): GivenItem => ({
    place: `/items/${at}`,
    values: {},
  }));
  let looked = 0;
  const longest = { items: 0 };
  const checked = checkEach({ items, faults: [] }, 'the batch', descriptor, () => {
    looked += 1;
    throw new RunnerError('invocation-invalid', 'no slide');
  }).catch((error: unknown) => error);
  // Whoever else wants a turn of the event loop has one after each item.
  const isOver = checked.then(() => 'over' as const);
  for (let seen = 0; (await Promise.race([isOver, nextTurn('a turn')])) !== 'over'; seen = looked)
    longest.items = Math.max(longest.items, looked - seen);
  expect(looked).toBe(1_000);
  expect(longest.items).toBeLessThanOrEqual(2);
  const error = await checked;
  expect(error).toMatchObject({ code: 'invocation-invalid', details: { unchecked: 9_000 } });
  expect(String(error)).toContain('1000 of 10000 items cannot be run');
  expect(String(error)).toContain('the last 9000 items were not looked at');
});

test('an item is named by `name` too, unless the app has such an input', async () => {
  expect((await reading('items.csv', 'name,slide\none,a.tif\n')).items.map(plain)).toEqual([
    { place: 'line 2', name: 'one', values: { slide: ['a.tif'] } },
  ]);
  expect((await reading('items.jsonl', '{"name":"one","slide":"a"}')).items[0]?.name).toBe('one');
  const of = descriptorWith([
    { id: 'slide', type: 'File', 'value-key': '[SLIDE]' },
    { id: 'name', type: 'String', 'value-key': '[ITEM]' },
  ]);
  const { items } = await reading('items.csv', 'item,name,slide\none,Ada,a.tif\n', of);
  expect(items.map(plain)).toEqual([
    { place: 'line 2', name: 'one', values: { name: ['Ada'], slide: ['a.tif'] } },
  ]);
});

test('an item that is named twice is a fault', async () => {
  for (const head of ['item,name,slide', '@item,name,slide', '@item,item,slide'])
    expect((await reading('items.csv', `${head}\none,two,a.tif\n`)).faults).toMatchObject([
      { place: 'line 1', messages: [expect.stringContaining('say the same')] },
    ]);
  expect((await reading('items.jsonl', '{"item":"a","name":"b"}')).faults).toMatchObject([
    { place: 'line 1', messages: [expect.stringContaining('another key')] },
  ]);
});
