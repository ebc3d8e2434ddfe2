/** The front door of the descriptor layer: text → Descriptor; values → Invocation; both → Command. Pure. */
export { hasErrors, type Diagnostic, type Position, type Strength } from './diagnostic.ts';
export { SECRET_MASK } from './model.ts';
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
