import { described, type Fields, shown } from '../../fields.ts';
import type { Finding, Findings } from '../../findings.ts';
import { quoted } from '../../invocation/check-value.ts';
import { nearestName } from '../../nearest.ts';
import { checkDefault } from './check-default.ts';
import { checkRules } from './check-rules.ts';
import type { CytomineInput } from './read-input.ts';
import { serverValueOf } from './server-values.ts';
import { TYPE_WORDS } from './types.ts';

/** Keys some reader of these descriptors knows (sheet 1.2), or that is read here. */
const INPUT_KEYS = [
  'id',
  'type',
  'name',
  'description',
  'value-key',
  'command-line-flag',
  'optional',
  'default-value',
  'default',
  'set-by-server',
  'server-parameter',
  'minimum',
  'maximum',
  'equals',
  'values-choice',
  'value-choices',
  'integer',
  'uri',
  'uri-print-attribute',
  'uri-sort-attribute',
  'custom',
];

/** Notes what is wrong with one input by itself; its place on the command line is checked elsewhere. */
export function checkInput(input: CytomineInput, findings: Findings): void {
  const note = (finding: Omit<Finding, 'pointer'> & { readonly key: string }): void => {
    const { key, ...rest } = finding;
    const { fields } = input;
    findings.add({ ...rest, pointer: fields.has(key) ? fields.pointerTo(key) : fields.pointer });
  };
  checkId(input, note);
  checkKeys(input, note);
  checkType(input, note);
  checkTruths(input, note);
  checkServer(input, note);
  checkDefault(input, note);
  checkRules(input, note);
}

/** Notes a finding about a key of the input at hand, or about the input when it lacks the key. */
export type Note = (finding: Omit<Finding, 'pointer'> & { readonly key: string }) => void;

function checkId({ input }: CytomineInput, note: Note): void {
  const { id } = input;
  if (!/^\w+$/.test(id)) {
    note({
      code: 'cytomine.input-id-characters',
      key: 'id',
      value: id,
      message: `The id ${quoted(id)} has characters other than letters, digits and underscores; keys and flags made from it do not survive the platform.`,
      mend: `Write \`${id.replaceAll(/\W+/g, '_')}\`.`,
    });
  } else if (/[a-z]/.test(id) && /[A-Z]/.test(id)) {
    note({
      code: 'cytomine.input-id-case',
      key: 'id',
      value: id,
      message: `The id \`${id}\` mixes capital and small letters: its key is \`${id.toUpperCase()}\`, its flag keeps the mixture, and the Python client wants it in small letters.`,
      mend: `Write \`${id.toLowerCase()}\`.`,
    });
  }
}

function checkKeys({ fields, input }: CytomineInput, note: Note): void {
  for (const key of fields.object.keys()) {
    if (INPUT_KEYS.includes(key)) continue;
    const dashed = key.replaceAll(/[A-Z_]/g, (letter) =>
      `-${letter.replace('_', '')}`.toLowerCase(),
    );
    const nearest = INPUT_KEYS.includes(dashed) ? dashed : nearestName(key, INPUT_KEYS);
    note({
      code: 'cytomine.unknown-input-key',
      key,
      at: 'key',
      message: `No Cytomine reader knows the key ${quoted(key)} of the input \`${input.id}\`; it has no effect.`,
      nearest,
      mend: nearest === undefined ? 'Remove it.' : `Write \`${nearest}\`.`,
    });
  }
}

function checkType({ fields, type, input }: CytomineInput, note: Note): void {
  const written = fields.text('type');
  if (written === undefined || written === '') {
    if (fields.has('type') && written === undefined && fields.raw('type') !== null) return;
    note({
      code: 'cytomine.type-missing',
      key: 'type',
      message: `The input \`${input.id}\` has no \`type\`; its values cannot be checked.`,
      mend: `Add one of ${TYPE_WORDS.join(', ')}.`,
    });
    return;
  }
  if (type.written === 'exact') return;
  if (type.written === 'case') {
    note({
      code: 'cytomine.type-case',
      key: 'type',
      value: written,
      message: `The type of \`${input.id}\` is written \`${written}\`; the platform stores it as \`${type.word}\`, other readers may not.`,
      nearest: type.word,
      mend: `Write \`"type": "${type.word}"\`.`,
    });
  } else if (type.written === 'foreign') {
    note({
      code: 'cytomine.type-foreign',
      key: 'type',
      value: written,
      message: `The type \`${written}\` of \`${input.id}\` is another format's word; the platform refuses to install the app. Here it is taken for \`${type.word}\`.`,
      nearest: type.word,
      mend: `Write \`"type": "${type.word}"\`.`,
    });
  } else {
    const nearest = nearestName(written, TYPE_WORDS);
    note({
      code: 'cytomine.type-unknown',
      key: 'type',
      value: written,
      message: `The type ${quoted(written)} of \`${input.id}\` is none of the platform's, which are ${TYPE_WORDS.join(', ')}.`,
      nearest,
      mend: nearest === undefined ? 'Write one of them.' : `Write \`"type": "${nearest}"\`.`,
    });
  }
}

/** `optional`, `set-by-server` and `server-parameter`: absent, in quotes, or of another kind. */
function checkTruths({ fields, input }: CytomineInput, note: Note): void {
  for (const key of ['optional', 'set-by-server', 'server-parameter']) {
    const value = fields.raw(key);
    if (typeof value === 'string' && /^\s*(true|false)\s*$/i.test(value)) {
      note({
        code: 'cytomine.truth-as-text',
        key,
        value,
        message: `\`${key}\` of \`${input.id}\` is the text ${quoted(value)}; the platform takes every text for true. Here it is read as ${value.trim().toLowerCase()}.`,
        mend: `Remove the quotes: \`"${key}": ${value.trim().toLowerCase()}\`.`,
      });
    } else if (value !== undefined) {
      fields.boolean(key);
    }
  }
  if (isAbsent(fields, 'optional')) {
    note({
      code: 'cytomine.optional-missing',
      key: 'optional',
      message: `\`${input.id}\` does not say whether it is \`optional\`: the platform and this program ask for a value, the Python client does not.`,
      mend: 'Add `"optional": true` or `"optional": false`.',
    });
  }
  if (isAbsent(fields, 'set-by-server')) {
    note({
      code: 'cytomine.set-by-server-missing',
      key: 'set-by-server',
      message: `\`${input.id}\` does not say whether it is \`set-by-server\`; it counts as the user's.`,
      mend: 'Add `"set-by-server": false`.',
    });
  }
}

const isAbsent = (fields: Fields, key: string): boolean =>
  fields.raw(key) === undefined || fields.raw(key) === null;

function checkServer({ fields, input }: CytomineInput, note: Note): void {
  if (!input.setByServer) return;
  if (serverValueOf(input.id) === undefined) {
    note({
      code: 'cytomine.set-by-server-name',
      key: 'set-by-server',
      message: `\`${input.id}\` is set by the server, but the platform fills in only host, keys, project and software; this one ${input.defaultValue === undefined ? 'stays empty' : 'keeps its default'}, and users cannot set it.`,
      mend: 'Write `"set-by-server": false`, or use one of the names the platform fills in.',
    });
  }
  if (input.defaultValue !== undefined) {
    note({
      code: 'cytomine.set-by-server-default',
      key: 'default-value',
      ...(input.secret ? {} : { value: shown(fields.raw('default-value') ?? null) }),
      message: `\`${input.id}\` is set by the server and has a default${input.secret ? '' : `, ${described(fields.raw('default-value') ?? null)}`}, which counts only while the server gives none.`,
      mend: 'Remove the default, unless it is meant for runs without a server.',
    });
  }
}
