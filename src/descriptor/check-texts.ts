import { UNCARRIABLE_SAYS, uncarriableIn } from './carriage.ts';
import type { Findings } from './findings.ts';
import { pointerOf } from './json/pointer.ts';
import { isJsonArray, isJsonObject, type JsonValue } from './json/value.ts';

/** Members that people read and no command is made of; ids have rules of their own. */
const NEVER_ON_A_COMMAND_LINE = new Set([
  'author',
  'custom',
  'description',
  'doi',
  'error-codes',
  'id',
  'name',
  'online-platform-urls',
  'tags',
  'url',
]);

/** Texts of a descriptor that could be put on a command line, but that no command line can carry. */
export function checkTexts(value: JsonValue, findings: Findings, pointer = ''): void {
  if (typeof value === 'string') {
    const found = uncarriableIn(value);
    if (found === undefined) return;
    findings.add({
      code: 'descriptor.text-uncarriable',
      pointer,
      within: found.at,
      message: `This text holds ${UNCARRIABLE_SAYS[found.what]}.`,
      mend: 'Remove it, or write the character in full.',
    });
  } else if (isJsonArray(value)) {
    for (const [index, item] of value.entries())
      checkTexts(item, findings, pointer + pointerOf(index));
  } else if (isJsonObject(value)) {
    for (const [key, member] of value)
      if (!NEVER_ON_A_COMMAND_LINE.has(key)) checkTexts(member, findings, pointer + pointerOf(key));
  }
}
