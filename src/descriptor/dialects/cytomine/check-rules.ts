import { described, type Fields, shown } from '../../fields.ts';
import { quoted, textOf } from '../../invocation/check-value.ts';
import type { Note } from './check-input.ts';
import type { DescriptorInput } from '../../model.ts';
import { type CytomineInput, NUMBER } from './read-input.ts';

/** What the old web interface replaces in a `uri` (sheet 1.3). */
const URI_WORDS = [
  '$currentProjectCreationDate$',
  '$currentProject$',
  '$cytomineHost$',
  '$currentDate$',
  '$currentOntology$',
];

/** Range, choices and `uri` of an input. */
export function checkRules(read: CytomineInput, note: Note): void {
  checkBoundTexts(read, note);
  checkRange(read, note);
  checkChoices(read, note);
  checkUri(read, note);
}

function checkRange({ fields, input }: CytomineInput, note: Note): void {
  const { minimum, maximum } = input;
  if (minimum !== undefined && maximum !== undefined && minimum.value > maximum.value) {
    note({
      code: 'cytomine.range-empty',
      key: 'minimum',
      value: minimum.text,
      message: `The minimum ${minimum.text} of \`${input.id}\` is above its maximum ${maximum.text}: no value fits.`,
      mend: 'Exchange them, or correct one.',
    });
  }
  if (input.type !== 'Number') {
    for (const key of ['minimum', 'maximum', 'integer']) {
      if (!fields.has(key)) continue;
      note({
        code: 'cytomine.range-ignored',
        key,
        at: 'key',
        message: `\`${key}\` of \`${input.id}\` says nothing about a ${input.type}; only numbers are checked by it.`,
        mend: 'Remove it, or make the type Number.',
      });
    }
  } else if (fields.has('integer')) {
    note({
      code: 'cytomine.integer-ignored',
      key: 'integer',
      message: `The platform does not read \`integer\`; only this program checks \`${input.id}\` by it.`,
      mend: 'Let the app check it too if it runs on the platform.',
    });
  }
}

function checkBoundTexts({ fields, input }: CytomineInput, note: Note): void {
  for (const key of ['minimum', 'maximum'] as const) {
    const written = fields.raw(key);
    if (typeof written !== 'string' || input[key] === undefined) continue;
    note({
      code: 'cytomine.range-as-text',
      key,
      value: written,
      message: `The ${key} of \`${input.id}\` is the text ${quoted(written)}; here it is read as a number, other readers may not.`,
      mend: `Remove the quotes: ${input[key].text}.`,
    });
  }
}

function checkChoices({ fields, input }: CytomineInput, note: Note): void {
  for (const key of ['values-choice', 'value-choices']) {
    const choices = fields.list(key);
    if (choices === undefined) continue;
    if (choices.length === 0) {
      note({
        code: 'cytomine.choices-empty',
        key,
        message: `\`${key}\` of \`${input.id}\` is empty, so every value is allowed.`,
        mend: 'Add choices, or remove the key.',
      });
    }
    const odd = choices.findIndex((choice) => shown(choice) === undefined || choice === null);
    if (odd >= 0) {
      note({
        code: 'cytomine.choice-kind',
        key,
        message: `Choice ${odd + 1} of \`${input.id}\` is ${described(choices[odd] ?? null)}, so nobody can choose it${input.valueChoices === undefined ? ', and every value is allowed' : ''}.`,
        mend: 'Write each choice as a text or a number.',
      });
    }
  }
  checkChoiceKinds(fields, input, note);
  if (input.valueChoices === undefined) return;
  if (fields.has('value-choices') && !fields.has('values-choice')) {
    note({
      code: 'cytomine.value-choices-ignored',
      key: 'value-choices',
      at: 'key',
      message: `The choices of \`${input.id}\` are under \`value-choices\`; the platform reads \`values-choice\` and accepts every value. Here they count.`,
      nearest: 'values-choice',
      mend: 'Write `values-choice` for the platform, or both keys.',
    });
  } else if (fields.has('values-choice')) {
    note({
      code: 'cytomine.choices-unchecked',
      key: 'values-choice',
      at: 'key',
      message: `The platform stores the choices of \`${input.id}\` in a form its own check cannot read, so it accepts every value. Here they count.`,
      mend: 'Let the app check them too if it runs on the platform.',
    });
  }
}

/** A choice of a Number that is no number: the platform's clients read every value as one. */
function checkChoiceKinds(fields: Fields, input: DescriptorInput, note: Note): void {
  if (input.type !== 'Number') return;
  const odd = input.valueChoices?.find(
    (choice) => typeof choice === 'boolean' || (typeof choice === 'string' && !NUMBER.test(choice)),
  );
  if (odd === undefined) return;
  note({
    code: 'cytomine.choice-kind',
    key: fields.has('values-choice') ? 'values-choice' : 'value-choices',
    value: odd,
    message: `\`${input.id}\` is a Number, but its choice ${quoted(textOf(odd))} is no number, so nobody can choose it.`,
    mend: 'Make the type String, or write numbers.',
  });
}

function checkUri({ fields, input }: CytomineInput, note: Note): void {
  const uri = fields.text('uri');
  const isDomain = input.type === 'Domain' || input.type === 'ListDomain';
  if (uri === undefined || uri === '') {
    if (!isDomain || input.setByServer) return;
    note({
      code: 'cytomine.uri-missing',
      key: 'uri',
      message: `\`${input.id}\` is a ${input.type} without \`uri\`, so the platform's form has no objects to choose from.`,
      mend: 'Add a `uri` such as "/api/project/$currentProject$/imageinstance.json".',
    });
    return;
  }
  const unknown = (uri.match(/\$\w+\$/g) ?? []).find((word) => !URI_WORDS.includes(word));
  if (unknown === undefined) return;
  note({
    code: 'cytomine.uri-placeholder',
    key: 'uri',
    value: uri,
    message: `The platform does not replace \`${unknown}\` in a \`uri\`; it knows ${URI_WORDS.join(', ')}.`,
    mend: 'Use one of them.',
  });
}
