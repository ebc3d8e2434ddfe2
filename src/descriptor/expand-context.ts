/** What expansion may know beside descriptor and invocation. Paths are as the app will see them. */
export interface ExpandContext {
  /** BIAFLOWS folder mode: the folders an app without a server reads and writes. */
  readonly folders?: {
    readonly in?: string | undefined;
    readonly out?: string | undefined;
    readonly gt?: string | undefined;
  };
  /** Where the app is started, for `uses-absolute-path`. */
  readonly workingDirectory?: string | undefined;
}
