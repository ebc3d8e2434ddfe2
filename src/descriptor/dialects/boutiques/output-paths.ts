import type { Descriptor, InvocationValue, OutputFile } from '../../model.ts';
import {
  isList,
  itemTexts,
  separatorOf,
  type Binding,
  type Bindings,
  type InputBinding,
} from './bindings.ts';
import { parseCondition } from './condition.ts';
import { conditionNames } from './condition-names.ts';
import { holds } from './condition-value.ts';
import { absolutePath, baseName, withoutExtensions } from './posix-path.ts';
import type { Segment } from './template.ts';

/** Where an output is to be. */
export interface OutputPath {
  /** As it stands on the command line. */
  readonly path: string;
  /** The same with the wildcards that came from values in brackets, so that only the author's are wildcards. */
  readonly pattern: string;
  /** False where a key of its template has no value, so that nobody can tell where the app writes. */
  readonly isWhole: boolean;
}

/** The path of each output-file of an invocation; none where all conditions fail or nothing is left of it. */
export class OutputPaths {
  readonly #descriptor: Descriptor;
  readonly #shown: Bindings;
  readonly #real: Bindings;
  readonly #workingDirectory: string | undefined;
  readonly #known = new Map<string, OutputPath | undefined>();

  /**
   * @param shown the values to put into paths: masked ones for a command that is shown
   * @param real the values that decide conditions, so that both forms choose the same template
   * @param workingDirectory in the container, absolute, for `uses-absolute-path`
   */
  constructor(
    descriptor: Descriptor,
    shown: Bindings,
    real: Bindings,
    workingDirectory: string | undefined,
  ) {
    this.#descriptor = descriptor;
    this.#shown = shown;
    this.#real = real;
    this.#workingDirectory = workingDirectory;
  }

  /** Templates may name outputs that come later; one that leads back to itself has nothing there. */
  of(output: OutputFile): OutputPath | undefined {
    if (this.#known.has(output.id)) return this.#known.get(output.id);
    this.#known.set(output.id, undefined);
    const template = this.#templateOf(output);
    const path = template === undefined ? undefined : this.#fill(output, template);
    if (path?.path === '') return undefined;
    this.#known.set(output.id, path);
    return path;
  }

  #templateOf(output: OutputFile): string | undefined {
    if (output.pathTemplate !== undefined) return output.pathTemplate;
    const names = conditionNames(this.#descriptor);
    return output.conditionalPathTemplate?.find(({ condition }) => {
      if (condition === 'default') return true;
      const parsed = parseCondition(condition, names);
      return 'expression' in parsed && holds(parsed.expression, (id) => this.#valueOf(id));
    })?.template;
  }

  #valueOf(id: string): InvocationValue | undefined {
    const binding = this.#real.byId.get(id);
    if (binding?.kind === 'input') return binding.value;
    return binding === undefined ? undefined : this.of(binding.output)?.path;
  }

  #fill(output: OutputFile, template: string): OutputPath {
    const pieces = this.#shown
      .cut(template)
      .map((segment, index) => this.#piece(output, segment, index === 0));
    const path = pieces.map((piece) => piece.path).join('');
    const pattern = pieces.map((piece) => piece.pattern).join('');
    const isWhole = pieces.every((piece) => piece.isWhole);
    const folder = this.#workingDirectory;
    if (output.usesAbsolutePath !== true || folder === undefined || path === '')
      return { path, pattern, isWhole };
    return { path: absolutePath(path, folder), pattern: absolutePath(pattern, folder), isWhole };
  }

  #piece(output: OutputFile, segment: Segment, isFirst: boolean): OutputPath {
    if (segment.kind === 'text')
      return { path: segment.text, pattern: segment.text, isWhole: true };
    const binding = this.#shown.byKey.get(segment.key);
    if (binding?.kind === 'output') return this.of(binding.output) ?? NOTHING;
    if (binding?.value === undefined || isEmptyList(binding.value)) return NOTHING;
    const path = pathText(binding, binding.value, output, isFirst);
    return { path, pattern: path.replace(/[*?[]/g, '[$&]'), isWhole: true };
  }
}

const NOTHING: OutputPath = { path: '', pattern: '', isWhole: false };

/** A File at the very start of a path keeps its folders; elsewhere only its name makes sense. */
function pathText(
  { input }: InputBinding,
  value: InvocationValue,
  output: OutputFile,
  isFirst: boolean,
): string {
  const strips = input.type === 'File' || input.type === 'String';
  return itemTexts(value)
    .map((text) => (input.type === 'File' && !isFirst ? baseName(text) : text))
    .map((text) => (strips ? withoutExtensions(text, output.strippedExtensions) : text))
    .join(separatorOf(input));
}

/** The text of a binding outside the command line: in a config file or an environment variable. */
export function bindingTexts(
  binding: Binding,
  paths: OutputPaths,
): { readonly items: readonly string[]; readonly separator: string } | undefined {
  if (binding.kind === 'output') {
    const path = paths.of(binding.output)?.path;
    return path === undefined ? undefined : { items: [path], separator: '' };
  }
  if (binding.value === undefined) return undefined;
  return { items: itemTexts(binding.value), separator: separatorOf(binding.input) };
}

export const isEmptyList = (value: InvocationValue): boolean => isList(value) && value.length === 0;
