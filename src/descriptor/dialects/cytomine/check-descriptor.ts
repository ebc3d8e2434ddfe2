import type { Fields } from '../../fields.ts';
import type { Findings } from '../../findings.ts';
import { quoted } from '../../invocation/check-value.ts';
import { isJsonArray } from '../../json/value.ts';
import type { Descriptor } from '../../model.ts';
import { nearestName } from '../../nearest.ts';
import { SERVER_VALUES, serverValueOf } from './server-values.ts';

/** Keys some reader of these descriptors knows: the platform, BIOMERO, Boutiques, editors. */
const TOP_KEYS = [
  'name',
  'description',
  'schema-version',
  'command-line',
  'container-image',
  'inputs',
  'default-processing-server-name',
  'output-files',
  'tool-version',
  'author',
  'authors',
  'institutions',
  'citations',
  'problem-class',
  'configuration',
  'outputs',
  'url',
  'tags',
  'custom',
  'descriptor-url',
  'invocation-schema',
  '$schema',
];

/** The document's own keys; inputs, image and command line are checked elsewhere. */
export function checkDescriptor(fields: Fields, findings: Findings): void {
  checkName(fields, findings);
  checkSchemaVersion(fields, findings);
  checkPresent(fields, findings);
  for (const key of fields.object.keys()) {
    if (TOP_KEYS.includes(key)) continue;
    const nearest = nearestName(key, TOP_KEYS);
    findings.add({
      code: 'cytomine.unknown-key',
      pointer: fields.pointerTo(key),
      at: 'key',
      message: `No Cytomine reader knows the key ${quoted(key)}; it has no effect.`,
      nearest,
      mend: nearest === undefined ? 'Put private keys under `custom`.' : `Write \`${nearest}\`.`,
    });
  }
}

function checkName(fields: Fields, findings: Findings): void {
  const name = fields.text('name');
  if (name !== undefined && name.trim() !== '') return;
  if (fields.has('name') && name === undefined) return;
  findings.add({
    code: 'cytomine.name-missing',
    pointer: fields.has('name') ? '/name' : '',
    message: 'The app has no `name`; runs and lists show it as "unnamed".',
    mend: 'Add a `name`, on the platform the name of the repository without its prefix.',
  });
}

function checkSchemaVersion(fields: Fields, findings: Findings): void {
  const version = fields.raw('schema-version');
  if (version === 'cytomine-0.1') return;
  const text = typeof version === 'string' ? version : undefined;
  findings.add({
    code: 'cytomine.schema-version',
    pointer: version === undefined ? '' : '/schema-version',
    ...(text === undefined ? {} : { value: text }),
    message:
      version === undefined
        ? 'There is no `schema-version`; the inputs show that this is a Cytomine descriptor.'
        : `\`schema-version\` is ${text === undefined ? 'no text' : quoted(text)}, but the inputs are those of a Cytomine descriptor.`,
    nearest: 'cytomine-0.1',
    mend: 'Write `"schema-version": "cytomine-0.1"`, so that every reader takes it for what it is.',
  });
}

function checkPresent(fields: Fields, findings: Findings): void {
  const line = fields.raw('command-line');
  if (line === undefined || line === null || (typeof line === 'string' && line.trim() === '')) {
    findings.add({
      code: 'cytomine.command-line-missing',
      pointer: fields.has('command-line') ? '/command-line' : '',
      message: 'There is no `command-line`, so there is nothing to run.',
      mend: 'Add `"command-line": "python run.py [CYTOMINE_HOST] …"` with the key of each input.',
    });
  }
  const inputs = fields.raw('inputs');
  if (inputs === undefined || inputs === null || (isJsonArray(inputs) && inputs.length === 0)) {
    findings.add({
      code: 'cytomine.inputs-missing',
      pointer: fields.has('inputs') ? '/inputs' : '',
      message: 'The descriptor has no inputs: nothing can be given to the app.',
      mend: 'Add `"inputs"`, a list of objects with `id` and `type`.',
    });
  }
}

/** Whether the app can log in to a server: host, two keys, project and software (sheet 1.4). */
export function checkServerInputs(descriptor: Descriptor, findings: Findings): void {
  if (descriptor.inputs.length === 0) return;
  const filled = new Set(descriptor.inputs.map((input) => serverValueOf(input.id)));
  const missing = SERVER_VALUES.filter((name) => !filled.has(name));
  if (missing.length === 0) return;
  findings.add({
    code: 'cytomine.server-inputs-missing',
    pointer: '/inputs',
    message: `The platform gives every app a host, two keys, a project and a software id; no input takes ${missing.map((name) => `\`${name}\``).join(', ')}.`,
    mend: 'Add them as inputs with `"set-by-server": true`, unless the app only works on folders.',
  });
}
