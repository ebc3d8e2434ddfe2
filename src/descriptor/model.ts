/**
 * A descriptor, whatever dialect it was written in: the one model that expansion, validation and
 * the runner share. Words are Boutiques' (schema 0.5); Cytomine's own are mapped in
 * dialects/cytomine.
 */
export type Dialect = 'cytomine-0.1' | 'boutiques-0.5';

/** A number that still has the text it was written with, so `1.0`, `1e-05` and 20-digit ids survive. */
export interface NumberValue {
  readonly kind: 'number';
  /** As written in the JSON or on the command line. */
  readonly text: string;
  readonly value: number;
}

export type ScalarValue = string | boolean | NumberValue;
/** One typed value of an invocation. */
export type InvocationValue = ScalarValue | readonly ScalarValue[];

/** `Boolean`, `Date`, `Domain` and `ListDomain` occur in Cytomine descriptors only, `Flag` and `File` in Boutiques only. */
export type InputType =
  'String' | 'Number' | 'Flag' | 'File' | 'Boolean' | 'Date' | 'Domain' | 'ListDomain';

export interface DescriptorInput {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly type: InputType;
  /** The placeholder in `command-line` that this input's value takes the place of. */
  readonly valueKey?: string;
  readonly commandLineFlag?: string;
  /** Between flag and value; a space unless the descriptor says otherwise. */
  readonly commandLineFlagSeparator?: string;
  readonly optional: boolean;
  readonly defaultValue?: InvocationValue;
  readonly list?: ListRule;
  readonly valueChoices?: readonly ScalarValue[];
  readonly integer?: boolean;
  readonly minimum?: NumberValue;
  readonly maximum?: NumberValue;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly requiresInputs?: readonly string[];
  readonly disablesInputs?: readonly string[];
  readonly valueRequires?: Readonly<Record<string, readonly string[]>>;
  readonly valueDisables?: Readonly<Record<string, readonly string[]>>;
  readonly usesAbsolutePath?: boolean;
  /** Filled by the platform (`set-by-server`): refused from the user. */
  readonly setByServer: boolean;
  /** An option of the processing server such as a Slurm time limit (`server-parameter`): never on the command line. */
  readonly serverParameter: boolean;
  /** Its value is shown and stored as asterisks. */
  readonly secret: boolean;
}

export interface ListRule {
  /** Between items on the command line; a space unless the descriptor says otherwise. */
  readonly separator: string;
  readonly entriesMin?: number;
  readonly entriesMax?: number;
}

export interface OutputFile {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly valueKey?: string;
  readonly pathTemplate?: string;
  readonly conditionalPathTemplate?: readonly ConditionalPath[];
  readonly strippedExtensions: readonly string[];
  readonly list: boolean;
  readonly optional: boolean;
  readonly commandLineFlag?: string;
  readonly commandLineFlagSeparator?: string;
  readonly usesAbsolutePath?: boolean;
  /** Lines of a configuration file that is written before the run, at this output's path. */
  readonly fileTemplate?: readonly string[];
}

export interface ConditionalPath {
  /** A condition over input ids, or `default`. */
  readonly condition: string;
  readonly template: string;
}

export interface InputGroup {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly members: readonly string[];
  readonly mutuallyExclusive: boolean;
  readonly oneIsRequired: boolean;
  readonly allOrNone: boolean;
}

export interface ContainerImage {
  readonly type: 'docker' | 'singularity' | 'rootfs';
  /** The reference without the index, for example `a/b:1`; for `rootfs` its URL. */
  readonly image: string;
  /** A registry or transport, for example `docker://` or `index.docker.io`. */
  readonly index?: string;
  /** Boutiques: run the command line through the image's ENTRYPOINT instead of the shell. */
  readonly entrypoint?: boolean;
  readonly workingDirectory?: string;
  readonly containerHash?: string;
  readonly containerOptions: readonly string[];
}

/** Units are Boutiques': cores, gigabytes (10⁹ bytes), seconds. */
export interface SuggestedResources {
  readonly cpuCores?: number;
  readonly ramGb?: number;
  readonly diskSpaceGb?: number;
  readonly nodes?: number;
  readonly walltimeSeconds?: number;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
  readonly description?: string;
}

export interface DescriptorTest {
  readonly name: string;
  /** As read from the JSON, with numbers as they were written; `descriptorTests` types it. */
  readonly invocation: unknown;
  readonly assertions: unknown;
}

export interface Descriptor {
  readonly dialect: Dialect;
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly author?: string;
  readonly url?: string;
  readonly commandLine: string;
  /** Boutiques: the shell that runs the line. */
  readonly shell?: string;
  readonly containerImage?: ContainerImage;
  readonly inputs: readonly DescriptorInput[];
  readonly outputFiles: readonly OutputFile[];
  readonly groups: readonly InputGroup[];
  readonly environmentVariables: readonly EnvironmentVariable[];
  readonly suggestedResources: SuggestedResources;
  readonly errorCodes: readonly { readonly code: number; readonly description: string }[];
  readonly tests: readonly DescriptorTest[];
  readonly tags: Readonly<Record<string, unknown>>;
  readonly custom: Readonly<Record<string, unknown>>;
  /** The invocation schema embedded in the descriptor, if any; shown, never trusted over its inputs. */
  readonly invocationSchema?: unknown;
}

/** Where a value came from. */
export type ValueSource = 'user' | 'server' | 'default';

export interface InvocationEntry {
  readonly inputId: string;
  readonly value: InvocationValue;
  readonly source: ValueSource;
  readonly secret: boolean;
}

/** Checked values for a descriptor's inputs, in the descriptor's order. Only `parseInvocation` makes one. */
export type Invocation = readonly InvocationEntry[];

/** What stands for a secret wherever one would be shown or stored. */
export const SECRET_MASK = '*****';

/** A file the app finds in its working directory before it starts (Boutiques `file-template`). */
export interface CommandFile {
  /** As given by the output's path: relative to the working directory, or absolute. */
  readonly path: string;
  readonly content: string;
}

/** Where an output is expected, after the templates have been filled in. */
export interface ExpectedOutput {
  readonly id: string;
  readonly name: string;
  /**
   * Relative to the working directory, or absolute. May hold the wildcards `*`, `?` and `[…]`; such
   * a character that came from a value stands in brackets (`[*]`) and means itself.
   */
  readonly path: string;
  readonly list: boolean;
  readonly optional: boolean;
}

/** What is to be executed, and nothing about where. */
export interface Command {
  /**
   * `image`: `argv` are arguments to the image's ENTRYPOINT (what Singularity does for Cytomine
   * apps). `replaced`: `argv` is the whole command and the image's ENTRYPOINT is not used.
   */
  readonly entrypoint: 'image' | 'replaced';
  readonly argv: readonly string[];
  /** `argv` with secrets as asterisks: the only form that is shown or stored. */
  readonly maskedArgv: readonly string[];
  /** Boutiques: the line the shell gets, masked. */
  readonly maskedShellLine?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly maskedEnvironment: Readonly<Record<string, string>>;
  readonly files: readonly CommandFile[];
  readonly outputs: readonly ExpectedOutput[];
}
