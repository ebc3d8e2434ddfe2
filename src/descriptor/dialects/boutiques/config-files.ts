import type { CommandFile, Descriptor, OutputFile } from '../../model.ts';
import { shellQuote } from '../../../base/shell-quote.ts';
import type { Bindings } from './bindings.ts';
import { bindingTexts, type OutputPaths } from './output-paths.ts';
import { withoutExtensions } from './posix-path.ts';

/**
 * The configuration files of a descriptor (`file-template`), filled in. A line with a key that has
 * no value is emptied, not dropped; texts are quoted as on a command line, because Boutiques' own
 * tool does so and apps were written against it; there is no newline at the end.
 */
export function configFiles(
  descriptor: Descriptor,
  values: Bindings,
  paths: OutputPaths,
): readonly CommandFile[] {
  return descriptor.outputFiles.flatMap((output) => {
    const path = paths.of(output)?.path;
    if (output.fileTemplate === undefined || path === undefined) return [];
    const lines = output.fileTemplate.map((line) => filledLine(line, output, values, paths));
    return [{ path, content: lines.join('\n') }];
  });
}

function filledLine(
  line: string,
  output: OutputFile,
  values: Bindings,
  paths: OutputPaths,
): string {
  let filled = '';
  for (const segment of values.cut(line)) {
    if (segment.kind === 'text') {
      filled += segment.text;
      continue;
    }
    const text = keyText(segment.key, output, values, paths);
    if (text === undefined) return '';
    filled = text === '' && filled.endsWith(' ') ? filled.slice(0, -1) : filled + text;
  }
  return filled;
}

function keyText(
  key: string,
  output: OutputFile,
  values: Bindings,
  paths: OutputPaths,
): string | undefined {
  const binding = values.byKey.get(key);
  const texts = binding === undefined ? undefined : bindingTexts(binding, paths);
  if (binding === undefined || texts === undefined) return undefined;
  const isText =
    binding.kind === 'output' || binding.input.type === 'String' || binding.input.type === 'File';
  if (!isText) return texts.items.join(texts.separator);
  return texts.items
    .map((item) =>
      binding.kind === 'input' ? withoutExtensions(item, output.strippedExtensions) : item,
    )
    .map(shellQuote)
    .join(texts.separator);
}
