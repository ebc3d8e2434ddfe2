export interface CrateOptions {
  /** Who ran it, for example with an ORCID as id. Default: the user's name on this machine. */
  readonly agent?: { readonly id?: string; readonly name: string };
  /** Whom the agent belongs to and who publishes the crate, for example with a ROR id. */
  readonly organization?: { readonly id?: string; readonly name: string };
  /** SPDX id or URL under which the crate may be used. Nobody's choice but the caller's: default not stated. */
  readonly license?: string;
  /** Where the run's logs lie. Absent: the crate has none. */
  readonly logs?: { readonly stdout: string; readonly stderr: string };
  /** `refer`: inputs stay where they are, and the crate only names them. Default `copy`. */
  readonly inputs?: 'copy' | 'refer';
  /** RFC 3339. Default: the end of the run. */
  readonly publishedAt?: string;
}
