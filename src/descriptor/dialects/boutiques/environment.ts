import type { Descriptor } from '../../model.ts';
import type { Bindings } from './bindings.ts';
import { bindingTexts, type OutputPaths } from './output-paths.ts';

/**
 * The environment variables a descriptor asks for. A value that is exactly a value-key becomes what
 * stands behind that key, unquoted; without a value the variable is not set. Any other value is
 * meant as it is written.
 */
export function environment(
  descriptor: Descriptor,
  values: Bindings,
  paths: OutputPaths,
): Readonly<Record<string, string>> {
  const variables: [string, string][] = [];
  for (const { name, value } of descriptor.environmentVariables) {
    const binding = values.byKey.get(value);
    const texts = binding === undefined ? undefined : bindingTexts(binding, paths);
    if (binding === undefined) variables.push([name, value]);
    else if (texts !== undefined) variables.push([name, texts.items.join(texts.separator)]);
  }
  return Object.fromEntries(variables);
}
