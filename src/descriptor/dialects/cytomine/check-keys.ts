import type { Findings } from '../../findings.ts';
import { quoted } from '../../invocation/check-value.ts';
import type { DescriptorInput } from '../../model.ts';
import { partsOf } from '../../parts-of.ts';
import type { CytomineInput } from './read-input.ts';

/** The value-keys and flags of the inputs: missing, written out, shared, or part of one another. */
export function checkKeys(
  commandLine: string,
  inputs: readonly CytomineInput[],
  findings: Findings,
): void {
  for (const input of inputs) {
    checkKey(input, findings);
    checkFlag(input, findings);
  }
  checkShared(inputs, findings);
  checkOverlaps(commandLine, inputs, findings);
}

function checkKey({ input, fields }: CytomineInput, findings: Findings): void {
  const written = fields.text('value-key');
  if (written === undefined) {
    if (fields.has('value-key') && fields.raw('value-key') !== null) return;
    findings.add({
      code: 'cytomine.value-key-missing',
      pointer: fields.pointer,
      message: `\`${input.id}\` has no \`value-key\`; it is \`${input.valueKey ?? ''}\`.`,
      mend: 'Add `"value-key": "[@ID]"`.',
    });
  } else if (written.trim() === '') {
    findings.add({
      code: 'cytomine.value-key-empty',
      pointer: fields.pointerTo('value-key'),
      message: `The \`value-key\` of \`${input.id}\` is empty, so the platform has no place for its value. Here it is \`${input.valueKey ?? ''}\`.`,
      mend: 'Write `"value-key": "[@ID]"`, or leave the key out.',
    });
  } else if (!/@id/i.test(written) || input.valueKey === written) {
    findings.add({
      code: 'cytomine.value-key-literal',
      pointer: fields.pointerTo('value-key'),
      value: written,
      message: `The \`value-key\` ${quoted(written)} of \`${input.id}\` is written out; \`[@ID]\` would follow the id by itself.`,
      nearest: '[@ID]',
      mend: 'Write `[@ID]` here and the id in capitals and brackets in the command line.',
    });
  }
}

function checkFlag({ input, fields }: CytomineInput, findings: Findings): void {
  if (input.serverParameter) return;
  const written = fields.raw('command-line-flag');
  if (written === undefined || written === null) {
    findings.add({
      code: 'cytomine.flag-missing',
      pointer: fields.pointer,
      message: `\`${input.id}\` has no \`command-line-flag\`: the platform and this program pass its bare value, but the Python client expects \`--${input.id}\`.`,
      mend: 'Add `"command-line-flag": "--@id"`, or `""` if the value goes by its place.',
    });
    return;
  }
  const flag = input.commandLineFlag;
  const pointer = fields.pointerTo('command-line-flag');
  if (flag === undefined && written === '') {
    findings.add({
      code: 'cytomine.flag-empty',
      pointer,
      message: `The flag of \`${input.id}\` is empty: the app knows its value by its place alone, also when others before it are left out.`,
      mend: 'Write `"--@id"` if the app reads flags.',
    });
  } else if (flag !== undefined && flag !== `--${input.id}`) {
    findings.add({
      code: 'cytomine.flag-differs',
      pointer,
      value: flag,
      message: `The flag of \`${input.id}\` is \`${flag}\`; the app must read it as that, while forms and records call it \`${input.id}\`.`,
      mend: `Write \`--@id\` if the app reads \`--${input.id}\`.`,
    });
  }
}

function checkShared(inputs: readonly CytomineInput[], findings: Findings): void {
  const first = new Map<string, DescriptorInput>();
  for (const { input, fields } of inputs) {
    const key = input.valueKey ?? '';
    if (key === '') continue;
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, input);
      continue;
    }
    findings.add({
      code: 'cytomine.value-key-shared',
      pointer: fields.has('value-key') ? fields.pointerTo('value-key') : fields.pointer,
      value: key,
      message: `\`${input.id}\` and \`${before.id}\` have the same value-key \`${key}\`; only the first that has a value reaches the app.`,
      mend: 'Give each a key of its own, for example by `[@ID]`.',
    });
  }
}

/**
 * Keys that are part of others. The platform replaces them in the order of the inputs, so the
 * shorter spoils the longer when it comes first and the longer is on the line (sheet 1.5).
 */
function checkOverlaps(
  commandLine: string,
  inputs: readonly CytomineInput[],
  findings: Findings,
): void {
  const holders = holdersOf(inputs);
  inputs.forEach(({ input: short, fields }, index) => {
    const key = short.valueKey ?? '';
    const longer = (holders.get(key) ?? []).map(({ input, at }) => ({
      input,
      spoiled: at > index,
    }));
    const spoiled = longer.find(
      ({ input, spoiled: later }) => later && commandLine.includes(input.valueKey ?? ''),
    );
    const long = (spoiled ?? longer[0])?.input;
    if (long === undefined) return;
    findings.add({
      code: spoiled === undefined ? 'cytomine.value-key-overlap' : 'cytomine.value-key-collision',
      pointer: fields.has('value-key') ? fields.pointerTo('value-key') : fields.pointer,
      value: key,
      message:
        spoiled === undefined
          ? `The key \`${key}\` of \`${short.id}\` is part of \`${long.valueKey ?? ''}\`; no harm comes of it while \`${long.id}\` is replaced first or is not on the command line.`
          : `The key \`${key}\` of \`${short.id}\` is part of \`${long.valueKey ?? ''}\`; the platform puts its value into the middle of that, and \`${long.id}\` is lost. Here whole keys are replaced, the longest first.`,
      mend: 'Write `[@ID]` as value-key: brackets keep keys apart.',
    });
  });
}

/** For each key that is part of others: the inputs of those, in their order. */
function holdersOf(
  inputs: readonly CytomineInput[],
): ReadonlyMap<string, readonly { readonly input: DescriptorInput; readonly at: number }[]> {
  const parts = partsOf(inputs.map(({ input }) => input.valueKey ?? ''));
  const holders = new Map<string, { input: DescriptorInput; at: number }[]>();
  inputs.forEach(({ input }, at) => {
    for (const part of parts.get(input.valueKey ?? '') ?? []) {
      const known = holders.get(part);
      if (known === undefined) holders.set(part, [{ input, at }]);
      else known.push({ input, at });
    }
  });
  return holders;
}
