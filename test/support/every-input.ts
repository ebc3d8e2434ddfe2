import { PROBE_IMAGE } from './probe-image.ts';

const optional = true;

/** A descriptor with an input of each kind, whose app tells its arguments and ends. */
export const EVERY_INPUT: object = {
  name: 'every input',
  description: 'Has an input of each kind.',
  'tool-version': '1',
  'schema-version': '0.5',
  'container-image': { type: 'docker', image: PROBE_IMAGE },
  'command-line':
    'probe argv [TITLE] [LEVEL] [AREA] [WAY] [DYES] [INVERT] [A] [C] [WORDS] [KEY] [MODEL]',
  inputs: [
    {
      id: 'title',
      name: 'Title of it',
      type: 'String',
      'value-key': '[TITLE]',
      'default-value': 'nuclei',
      optional,
    },
    {
      id: 'level',
      name: 'Level',
      type: 'Number',
      'value-key': '[LEVEL]',
      minimum: 0,
      maximum: 1,
      'exclusive-minimum': true,
      'default-value': 0.5,
      optional,
    },
    {
      id: 'area',
      name: 'Smallest area',
      type: 'Number',
      integer: true,
      minimum: 1,
      'value-key': '[AREA]',
    },
    {
      id: 'way',
      name: 'Way',
      type: 'String',
      'value-choices': ['otsu', 'li', 'local'],
      'default-value': 'otsu',
      'value-key': '[WAY]',
      optional,
    },
    {
      id: 'dyes',
      name: 'Dyes',
      type: 'String',
      list: true,
      'value-choices': ['red', 'green', 'blue'],
      'min-list-entries': 1,
      'max-list-entries': 2,
      'value-key': '[DYES]',
      optional,
    },
    {
      id: 'invert',
      name: 'Invert',
      type: 'Flag',
      'command-line-flag': '--invert',
      'value-key': '[INVERT]',
      optional,
    },
    { id: 'model', name: 'Model', type: 'File', 'value-key': '[MODEL]', optional },
    { id: 'a', name: 'A mask', type: 'String', 'value-key': '[A]', optional },
    { id: 'words', name: 'Words', type: 'String', list: true, 'value-key': '[WORDS]', optional },
    { id: 'c', name: 'A colour', type: 'String', 'value-key': '[C]', optional },
    { id: 'api_token', name: 'Key', type: 'String', 'value-key': '[KEY]', optional },
  ],
  groups: [
    { id: 'begin', name: 'Where to begin', members: ['a', 'c'], 'mutually-exclusive': true },
  ],
};
