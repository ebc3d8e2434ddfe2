/** A file or folder that a run was given. */
export interface RunInput {
  readonly inputId: string;
  /** On the server. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly origin?: InputOrigin;
}

/** A URL without its query, which may hold a signature; or the name that a file had where it was sent from. */
export type InputOrigin =
  { readonly url: string; readonly queryLeftOut?: true } | { readonly name: string };

/** Where one input came from. */
export interface PlacedOrigin {
  readonly inputId: string;
  /** On the server. */
  readonly path: string;
  readonly origin: InputOrigin;
}
