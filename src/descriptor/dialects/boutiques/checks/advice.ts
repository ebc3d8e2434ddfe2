import type { Findings } from '../../../findings.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { itemsOf, numberAt, objectAt } from '../json-fields.ts';
import { isJsonObject } from '../../../json/value.ts';
import { below, enumerated } from './place.ts';

/** What runs, but not as its author thinks, and what helps other tools. */
export function checkAdvice(reading: BoutiquesReading, findings: Findings): void {
  if (reading.json.has('$schema'))
    findings.add({
      code: 'boutiques.schema-line',
      pointer: '/$schema',
      at: 'key',
      message: 'The `$schema` line helps editors, but bosh refuses a descriptor that has one.',
      mend: 'Remove it before you publish the descriptor.',
    });
  checkShellSyntax(reading, findings);
  checkInvocationSchema(reading, findings);
  checkErrorCodes(reading, findings);
  checkFlagSpaces(reading, findings);
}

const BASH_SYNTAX: readonly {
  readonly pattern: RegExp;
  readonly name: string;
  readonly does: string;
}[] = [
  { pattern: /&>/, name: '&>', does: 'means "run in the background and empty the file"' },
  { pattern: /(?:^|[\s;&|(])\[\[\s/, name: '[[', does: 'is no command' },
  { pattern: /<\(|>\(/, name: '<( )', does: 'is a fault' },
  { pattern: /<<</, name: '<<<', does: 'is a fault' },
];

function checkShellSyntax({ descriptor }: BoutiquesReading, findings: Findings): void {
  const shell = descriptor.shell ?? '/bin/sh';
  if (!/(?:^|\/)(?:sh|dash|ash)$/.test(shell)) return;
  const found = BASH_SYNTAX.find(({ pattern }) => pattern.test(descriptor.commandLine));
  if (found === undefined) return;
  findings.add({
    code: 'boutiques.bash-syntax',
    pointer: '/command-line',
    value: found.name,
    message: `The command-line uses \`${found.name}\`, which bash knows; in ${shell} it ${found.does}, unless that is bash by another name in the image.`,
    mend: 'Add `"shell": "/bin/bash"`, or write it for a plain shell (`> file 2>&1` for `&> file`).',
  });
}

/** An embedded schema is never used to check values: it goes stale, the inputs do not. */
function checkInvocationSchema({ json, descriptor }: BoutiquesReading, findings: Findings): void {
  const schema = objectAt(json, 'invocation-schema');
  const properties = schema === undefined ? undefined : objectAt(schema, 'properties');
  if (properties === undefined) return;
  const ids = descriptor.inputs.map(({ id }) => id);
  const stale = [...properties.keys()].filter((id) => !ids.includes(id));
  const missing = ids.filter((id) => !properties.has(id));
  if (stale.length + missing.length === 0) return;
  const says = [
    ...(stale.length > 0 ? [`still speaks of ${enumerated(stale)}`] : []),
    ...(missing.length > 0 ? [`does not know ${enumerated(missing)}`] : []),
  ];
  findings.add({
    code: 'boutiques.invocation-schema-stale',
    pointer: '/invocation-schema',
    message: `The embedded invocation-schema ${says.join(' and ')}. Values are checked against the inputs here; bosh would believe the schema.`,
    mend: 'Remove `invocation-schema`: it is made from the inputs whenever it is needed.',
  });
}

function checkErrorCodes({ json }: BoutiquesReading, findings: Findings): void {
  const seen = new Set<number>();
  itemsOf(json, 'error-codes').forEach((item, index) => {
    const code = isJsonObject(item) ? numberAt(item, 'code')?.value : undefined;
    if (code === undefined) return;
    if (seen.has(code))
      findings.add({
        code: 'boutiques.error-code-repeated',
        pointer: below('/error-codes', index, 'code'),
        value: code,
        message: `The exit code ${code} is explained twice; the first explanation is shown.`,
        mend: 'Keep one of them.',
      });
    seen.add(code);
  });
}

function checkFlagSpaces({ inputs }: BoutiquesReading, findings: Findings): void {
  for (const { part, pointer } of inputs) {
    if (part.commandLineFlag === undefined || !/\s/.test(part.commandLineFlag.trim())) continue;
    findings.add({
      code: 'boutiques.flag-of-several-words',
      pointer: below(pointer, 'command-line-flag'),
      value: part.commandLineFlag,
      message: `The command-line-flag \`${part.commandLineFlag}\` of \`${part.id}\` is more than one word for the app.`,
      mend: 'Put a word that is always the same into the `command-line`.',
    });
  }
}
