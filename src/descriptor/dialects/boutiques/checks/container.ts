import type { Findings } from '../../../findings.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { below } from './place.ts';

/** The container-image: one registry or transport, a kind that can be run. */
export function checkContainer({ descriptor }: BoutiquesReading, findings: Findings): void {
  const image = descriptor.containerImage;
  if (image === undefined) return;
  if (image.type === 'rootfs')
    findings.add({
      code: 'boutiques.rootfs-unsupported',
      pointer: below('/container-image', 'type'),
      value: 'rootfs',
      message: 'An image of type rootfs is allowed by schema 0.5, but no engine here runs one.',
      mend: 'Publish the app as a docker or singularity image.',
    });
  const transport = /^[a-zA-Z0-9]+:\/\//.exec(image.image)?.[0];
  if (image.index !== undefined && transport !== undefined && transport !== image.index)
    findings.add({
      code: 'boutiques.image-index',
      pointer: '/container-image/image',
      value: image.image,
      message: `The image \`${image.image}\` begins with \`${transport}\`, but \`index\` is \`${image.index}\`: they name two places.`,
      mend: 'Name the place once: remove it from `image`, or remove `index`.',
    });
}
