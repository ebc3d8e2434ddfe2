import { input } from '../model.ts';
import {
  number,
  flag,
  withInputs,
  withOutput,
  withGroup,
  withTest,
  type BadCase,
} from './builders.ts';

export const STRUCTURE_CASES: readonly BadCase[] = [
  { title: 'a list instead of an object', descriptor: '[]' },
  { title: 'almost nothing', descriptor: '{"schema-version": "0.5"}' },
  {
    title: 'the version as a number',
    descriptor: withInputs([input('a')], { 'schema-version': 0.5 }),
  },
  {
    title: 'an unknown version',
    descriptor: withInputs([input('a')], { 'schema-version': '0.6' }),
  },
  { title: 'the older schema', descriptor: withInputs([input('a')], { 'schema-version': '0.4' }) },
  { title: 'a misspelt key', descriptor: withInputs([input('a', { optinal: true })]) },
  { title: 'a key cut short', descriptor: withInputs([input('a', { type: 'Number', min: 1 })]) },
  { title: 'a key of nobody', descriptor: withInputs([input('a', { 'resolve-parent': true })]) },
  { title: 'a type in small letters', descriptor: withInputs([input('a', { type: 'string' })]) },
  { title: 'an unknown type', descriptor: withInputs([input('a', { type: 'Directory' })]) },
  { title: 'true in quotes', descriptor: withInputs([input('a', { optional: 'true' })]) },
  { title: 'a number in quotes', descriptor: withInputs([number('a', { minimum: '3' })]) },
  { title: 'null for a text', descriptor: withInputs([input('a', { description: null })]) },
  { title: 'one member instead of a list', descriptor: withGroup({ members: 'a' }) },
  { title: 'an empty name', descriptor: withInputs([input('a', { name: '' })]) },
  { title: 'no inputs', descriptor: { 'command-line': 'tool', inputs: [] } },
  { title: 'an id with a hyphen', descriptor: withInputs([input('a-b')]) },
  { title: 'the same input twice', descriptor: withInputs([input('a'), input('a')]) },
  {
    title: 'a range on a text',
    descriptor: withInputs([input('a', { minimum: 1, integer: true })]),
  },
  {
    title: 'an exclusive minimum of nothing',
    descriptor: withInputs([number('a', { 'exclusive-minimum': true })]),
  },
  {
    title: 'a separator without flag',
    descriptor: withInputs([input('a', { 'command-line-flag-separator': '=' })]),
  },
  { title: 'a list of Flags', descriptor: withInputs([flag('a', { list: true })]) },
  {
    title: 'half a core',
    descriptor: withInputs([input('a')], { 'suggested-resources': { 'cpu-cores': 0.5, ram: -1 } }),
  },
  {
    title: 'an image without type',
    descriptor: withInputs([input('a')], { 'container-image': { image: 'x' } }),
  },
  {
    title: 'an apptainer image',
    descriptor: withInputs([input('a')], { 'container-image': { type: 'apptainer', image: 'x' } }),
  },
  {
    title: 'a root file system by image',
    descriptor: withInputs([input('a')], { 'container-image': { type: 'rootfs', image: 'x' } }),
  },
  {
    title: 'a variable that begins with an underscore',
    descriptor: withInputs([input('a')], { 'environment-variables': [{ name: '_X', value: '' }] }),
  },
  { title: 'an output without path', descriptor: withOutput({}) },
  {
    title: 'an output with two paths',
    descriptor: withOutput({
      'path-template': 'x',
      'conditional-path-template': [{ default: 'y' }],
    }),
  },
  {
    title: 'a list of configuration files',
    descriptor: withOutput({ 'path-template': 'x', 'file-template': ['a'], list: true }),
  },
  {
    title: 'a path that is no text',
    descriptor: withOutput({ 'conditional-path-template': [{ default: 3 }] }),
  },
  {
    title: 'an address without scheme',
    descriptor: withInputs([input('a')], { 'online-platform-urls': ['example.org'] }),
  },
  {
    title: 'a test of nothing',
    descriptor: withTest({ name: 't', invocation: {}, assertions: {} }),
  },
];
