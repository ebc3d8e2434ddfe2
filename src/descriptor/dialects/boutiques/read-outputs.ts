import { isJsonArray, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { ConditionalPath, OutputFile } from '../../model.ts';
import { idOr, itemsOf, present, textOf, textsAt, textsOf, truthOf } from './json-fields.ts';

/** One output-file of the model from one item of `output-files`. */
export function readOutput(json: JsonObject, pointer: string): OutputFile {
  const id = idOr(json, pointer);
  return {
    id,
    name: textOf(json, 'name') ?? id,
    strippedExtensions: textsOf(json, 'path-template-stripped-extensions'),
    list: truthOf(json, 'list') ?? false,
    optional: truthOf(json, 'optional') ?? false,
    ...present({
      description: textOf(json, 'description'),
      valueKey: textOf(json, 'value-key'),
      pathTemplate: textOf(json, 'path-template'),
      conditionalPathTemplate: conditionalPaths(json),
      commandLineFlag: textOf(json, 'command-line-flag'),
      commandLineFlagSeparator: textOf(json, 'command-line-flag-separator'),
      usesAbsolutePath: truthOf(json, 'uses-absolute-path'),
      fileTemplate: textsAt(json, 'file-template'),
    }),
  };
}

/** Of an object with several conditions only the first counts, as in Boutiques' own tool. */
function conditionalPaths(json: JsonObject): readonly ConditionalPath[] | undefined {
  if (!isJsonArray(json.get('conditional-path-template'))) return undefined;
  return itemsOf(json, 'conditional-path-template').flatMap((item) => {
    const first = isJsonObject(item) ? item.entries().next().value : undefined;
    if (first === undefined || typeof first[1] !== 'string') return [];
    return [{ condition: first[0], template: first[1] }];
  });
}
