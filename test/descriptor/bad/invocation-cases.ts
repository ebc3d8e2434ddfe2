import { descriptor, input } from './descriptor-cases.ts';

/** Bad values for a descriptor without fault. */
export interface BadInvocation {
  readonly title: string;
  /** As on a command line, `id=value`; an id that occurs twice is given twice. */
  readonly given?: readonly string[];
  /** As in a file. */
  readonly file?: { readonly format: 'json' | 'yaml'; readonly text: string };
  /** Values of the server beside the usual five. */
  readonly withoutServer?: boolean;
}

/** One input of each kind of rule. */
export const DESCRIPTOR_TEXT = JSON.stringify(
  descriptor([
    input('threshold', { minimum: 0, maximum: 255, integer: true, optional: false }),
    input('sigma', { minimum: 0.1 }),
    input('method', { type: 'String', 'values-choice': ['otsu', 'triangle', 'li'] }),
    input('use_gpu', { type: 'Boolean', 'default-value': false }),
    input('term', { type: 'Domain', uri: '/api/term.json' }),
    input('images', { type: 'ListDomain', uri: '/api/image.json' }),
    input('note', { type: 'String' }),
    input('store_password', { type: 'String', 'values-choice': ['short', 'long'] }),
  ]),
);

const json = (title: string, text: string): BadInvocation => ({
  title,
  file: { format: 'json', text },
});

const yaml = (title: string, text: string): BadInvocation => ({
  title,
  file: { format: 'yaml', text },
});

const given = (title: string, ...values: string[]): BadInvocation => ({ title, given: values });

export const BAD_INVOCATIONS: readonly BadInvocation[] = [
  given('a required value is missing'),
  given('an unknown input, close to one', 'treshold=5', 'threshold=5'),
  given('an unknown input, close to none', 'banana=5', 'threshold=5'),
  given('the words of an input in another order', 'gpu-use=true', 'threshold=5'),
  given('a value for an input of the server', 'threshold=5', 'cytomine_host=http://x'),
  given('a word for a number', 'threshold=five'),
  given('an empty value for a required number', 'threshold='),
  given('a number above the range', 'threshold=300'),
  given('a number below the range', 'threshold=5', 'sigma=0'),
  given('a fraction for an integer', 'threshold=2.5'),
  given('infinity', 'threshold=5', 'sigma=1e999'),
  given('one value twice', 'threshold=5', 'threshold=6'),
  given('a value that is no choice', 'threshold=5', 'method=ostu'),
  given('a value far from every choice', 'threshold=5', 'method=watershed'),
  given('a word for true or false', 'threshold=5', 'use_gpu=perhaps'),
  given('a name for an object', 'threshold=5', 'term=nucleus'),
  given('a list with one wrong item', 'threshold=5', 'images=12,x,14'),
  given('a NUL character', 'threshold=5', 'note=a\0b'),
  json('half of a character', '{ "threshold": 5, "note": "\\ud83d" }'),
  given('a value too long for Linux', 'threshold=5', `note=${'x'.repeat(140_000)}`),
  given('a secret that is no choice', 'threshold=5', 'store_password=hunter2'),
  given('five faults at once', 'threshold=-1', 'sigma=x', 'method=x', 'use_gpu=x', 'x=1'),
  { title: 'no server parameters', given: ['threshold=5'], withoutServer: true },
  json('a file that is a list', '[5]'),
  json('a file with a trailing comma', '{\n  "threshold": 5,\n}'),
  json('a file with a key twice', '{\n  "threshold": 5,\n  "threshold": 300\n}'),
  json('an object for a number', '{ "threshold": { "value": 5 } }'),
  json('a list for one value', '{ "threshold": [5, 6] }'),
  json('null for a required value', '{ "threshold": null }'),
  json('a number out of range in a file', '{\n  "sigma": 1,\n  "threshold": 256\n}'),
  yaml('YAML out of step', 'threshold: 5\n method: otsu\n'),
  yaml('YAML with a tab', 'images:\n\t- 12\n'),
  yaml('a YAML list that is not closed', 'images: [12, 13\nthreshold: 5\n'),
  yaml('a YAML text that is not closed', 'note: "x\nthreshold: 5\n'),
  yaml('a YAML value that needs quotes', 'threshold: 5\nnote: @otsu\n'),
  yaml('a YAML line without a colon', 'threshold: 5\nnote\nsigma: 2\n'),
  yaml('a YAML alias', 'threshold: &t 5\nsigma: *t\n'),
  yaml('an empty YAML file', '# nothing yet\n'),
  yaml('a YAML key twice', 'threshold: 5\nthreshold: 300\n'),
  yaml('a YAML text', 'just words\n'),
];
