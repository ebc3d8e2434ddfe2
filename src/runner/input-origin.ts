import { LIMITS } from '../base/limits.ts';

/** Where an input came from, before it lay on the machine that runs the app. */
export type InputOrigin =
  | {
      /** Fetched from there. Without its fragment, and without its query: that may hold a signature. */
      readonly url: string;
      /** There was one. */
      readonly queryLeftOut?: true;
    }
  | {
      /** Sent: as it was called where it came from. */
      readonly name: string;
    };

/** The origin of one input. */
export interface PlacedOrigin {
  readonly inputId: string;
  /** Where it lies now, absolute. */
  readonly path: string;
  readonly origin: InputOrigin;
}

/** Of a file or folder that was sent under a name. */
export const sentAs = (name: string): InputOrigin => ({
  name: name.toWellFormed().slice(0, LIMITS.originNameCharsMax).toWellFormed(),
});
