import { appImages, imageOf } from '../../scripts/setup/app-images.js';

/** Name of the image of `apps/probe`. */
export const PROBE_IMAGE: string = imageOf('probe');

/** Builds the probe's image where it is missing or its sources have changed; returns its name. */
export async function probeImage(): Promise<string> {
  const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
  const [probe] = appImages(root, ['probe']);
  if (probe === undefined) throw new Error('apps/probe has no Dockerfile');
  const { state } = await probe.look();
  if (state !== 'present') await probe.get(() => undefined);
  return PROBE_IMAGE;
}
