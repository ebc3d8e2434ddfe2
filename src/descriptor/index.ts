/** The front door of the descriptor layer: text → Descriptor; values → Invocation; both → Command. Pure. */
export { hasErrors, type Diagnostic, type Position, type Strength } from './diagnostic.ts';
export {
  describeDescriptor,
  groupRules,
  inputTakes,
  type DescriptorDescription,
  type InputDescription,
} from './describe.ts';
export { DIAGNOSTIC_CODES, type DiagnosticCode } from './diagnostic-codes.ts';
export { dialectOf } from './dialect.ts';
export {
  descriptorTests,
  textFault,
  type BoutiquesTest,
  type NumbersAssertion,
  type OutputAssertion,
} from './dialects/boutiques/descriptor-tests.ts';
export { expandCommand } from './expand-command.ts';
export type { ExpandContext } from './expand-context.ts';
export { formatDescriptor, type FormattedDescriptor } from './format-descriptor.ts';
export {
  exampleInvocation,
  printInvocation,
  rawValuesOf,
  type ExampleOptions,
} from './invocation/example.ts';
export type { RawValue, RawValues } from './invocation/raw.ts';
export {
  parseInvocation,
  type ParsedInvocation,
  type ParseInvocationOptions,
} from './invocation/parse.ts';
export { imageReferenceOf } from './image-reference.ts';
export { invocationSchema, printInvocationSchema } from './invocation/schema.ts';
export { parseInvocationText, type ParsedInvocationText } from './invocation/text.ts';
export { JsonDocument } from './json/document.ts';
export { readJson } from './json/read.ts';
export {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  numberOf,
  plainOf,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from './json/value.ts';
export { SECRET_MASK } from './model.ts';
export { nearestName } from './nearest.ts';
export {
  parseDescriptor,
  type ParsedDescriptor,
  type ParseDescriptorOptions,
} from './parse-descriptor.ts';
export type {
  Command,
  CommandFile,
  ContainerImage,
  Descriptor,
  DescriptorInput,
  Dialect,
  EnvironmentVariable,
  ExpectedOutput,
  InputGroup,
  InputType,
  Invocation,
  InvocationEntry,
  InvocationValue,
  NumberValue,
  OutputFile,
  ScalarValue,
  SuggestedResources,
  ValueSource,
} from './model.ts';
export { isSecretName } from './secrets.ts';
export { shellQuote } from '../base/shell-quote.ts';
