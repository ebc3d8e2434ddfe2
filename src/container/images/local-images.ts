import type { ResolvedImage } from '../engine.ts';

/** The images of a Docker or Podman of this machine, for engines that take them from there. */
export interface LocalImages {
  /** Undefined when it has none of that name or id. Throws `engine-unavailable` when it does not answer. */
  find(name: string, signal: AbortSignal): Promise<ResolvedImage | undefined>;
  /** Writes the image as `docker save` does. Throws `image-pull-failed`, `disk-full`. */
  save(id: string, file: string, saving: Saving): Promise<void>;
}

export interface Saving {
  readonly signal: AbortSignal;
  /** Bytes written so far. */
  readonly onBytes: (bytes: number) => void;
}
