import type { InvocationValue } from '../../model.ts';
import { itemTexts, separatorOf, type Bindings, type InputBinding } from './bindings.ts';
import { isEmptyList, type OutputPaths } from './output-paths.ts';
import { absolutePath } from './posix-path.ts';
import { ShellContext } from './shell-context.ts';
import type { Segment } from './template.ts';

/** A key's replacement: text of the descriptor's author, taken as it is, or a value, to be quoted. */
interface Part {
  readonly kind: 'syntax' | 'value';
  readonly text: string;
}

/**
 * The line for the shell: the template with each key replaced by its flag and its value, in one
 * pass, every value quoted for the place where it stands. A key without value goes, and one space
 * before it.
 * @param workingDirectory in the container, absolute, for `uses-absolute-path`; paths stay as given without it
 */
export function commandLine(
  template: string,
  values: Bindings,
  paths: OutputPaths,
  workingDirectory: string | undefined,
): string {
  const segments = values.cut(template);
  const replaced = segments.map((segment) =>
    segment.kind === 'text' ? undefined : partsOf(segment.key, values, paths, workingDirectory),
  );
  const shell = new ShellContext();
  let line = '';
  segments.forEach((segment, index) => {
    const next = textOf(segments[index + 1]);
    if (segment.kind === 'key') {
      line += written(replaced[index] ?? [], shell, next);
      return;
    }
    const text = takesSpaceAway(replaced, index + 1)
      ? segment.text.replace(/ $/, '')
      : segment.text;
    shell.read(text);
    line += text;
  });
  return line;
}

const textOf = (segment: Segment | undefined): string =>
  segment?.kind === 'text' ? segment.text : '';

/**
 * Whether the keys from `index` up to the next text have all no value. Where one of several glued
 * keys has a value, the space before them still parts it from what is before.
 */
function takesSpaceAway(
  replaced: readonly (readonly Part[] | undefined)[],
  index: number,
): boolean {
  if (replaced[index] === undefined) return false;
  for (let at = index; replaced[at] !== undefined; at += 1)
    if (replaced[at]?.length !== 0) return false;
  return true;
}

function written(parts: readonly Part[], shell: ShellContext, next: string): string {
  return parts
    .map(({ kind, text }, index) => {
      if (kind === 'value') return shell.insert(text, index === parts.length - 1 ? next : '');
      shell.read(text);
      return text;
    })
    .join('');
}

/** What a key becomes; nothing at all when it has no value, a Flag is false or a list is empty. */
function partsOf(
  key: string,
  values: Bindings,
  paths: OutputPaths,
  workingDirectory: string | undefined,
): readonly Part[] {
  const binding = values.byKey.get(key);
  if (binding === undefined) return [];
  if (binding.kind === 'output') {
    const path = paths.of(binding.output)?.path;
    const { output } = binding;
    return path === undefined ? [] : [...flagParts(output), { kind: 'value', text: path }];
  }
  const { input, value } = binding;
  if (value === undefined || isEmptyList(value)) return [];
  if (input.type === 'Flag')
    return value === true ? [{ kind: 'syntax', text: input.commandLineFlag ?? '' }] : [];
  return [...flagParts(input), ...valueParts(binding, value, workingDirectory)];
}

function flagParts(owner: {
  readonly commandLineFlag?: string;
  readonly commandLineFlagSeparator?: string;
}): readonly Part[] {
  if (owner.commandLineFlag === undefined) return [];
  return [
    { kind: 'syntax', text: owner.commandLineFlag + (owner.commandLineFlagSeparator ?? ' ') },
  ];
}

function valueParts(
  { input }: InputBinding,
  value: InvocationValue,
  workingDirectory: string | undefined,
): readonly Part[] {
  const folder =
    input.type === 'File' && input.usesAbsolutePath === true ? workingDirectory : undefined;
  return itemTexts(value).flatMap((text, index): Part[] => [
    ...(index === 0 ? [] : [{ kind: 'syntax', text: separatorOf(input) } as const]),
    { kind: 'value', text: folder === undefined ? text : absolutePath(text, folder) },
  ]);
}
