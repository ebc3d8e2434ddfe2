import type { Fields } from '../../fields.ts';
import type { Findings } from '../../findings.ts';
import { quoted } from '../../invocation/check-value.ts';

const IMAGE_TYPES = ['singularity', 'docker'];
/** A repository as the OCI distribution specification writes names, with an optional registry before it. */
const REPOSITORY =
  /^(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

/**
 * The container image (sheet 1.1 and 1.6).
 * @param image the fields of `container-image`; absent when there is no such object
 */
export function checkImage(root: Fields, image: Fields | undefined, findings: Findings): void {
  const written = root.raw('container-image');
  if (image === undefined) {
    if (written === undefined || written === null) addMissing('', findings);
    return;
  }
  const reference = image.text('image')?.trim();
  const type = image.text('type')?.trim();
  if (reference !== undefined && isSwapped(reference, type)) {
    findings.add({
      code: 'cytomine.image-swapped',
      pointer: '/container-image/image',
      value: reference,
      message: `\`image\` is ${quoted(reference)}, which is a type, and \`type\` is ${quoted(type ?? '')}, which is an image: they have changed places.`,
      mend: `Write \`"type": "${reference}", "image": "${type ?? ''}"\`.`,
    });
    return;
  }
  if (reference === undefined || reference === '') {
    const has = image.has('image');
    if (!has || reference === '') addMissing(`/container-image${has ? '/image' : ''}`, findings);
  } else {
    checkReference(reference, findings);
  }
  checkType(image, type, findings);
  checkIndex(image, findings);
}

const isSwapped = (reference: string, type: string | undefined): boolean =>
  IMAGE_TYPES.includes(reference.toLowerCase()) && type?.includes('/') === true;

function addMissing(pointer: string, findings: Findings): void {
  findings.add({
    code: 'cytomine.image-missing',
    pointer,
    message:
      pointer === ''
        ? 'There is no `container-image`, so there is nothing to run the command in.'
        : 'The `container-image` names no `image`, so there is nothing to run the command in.',
    mend:
      pointer === ''
        ? 'Add `"container-image": { "type": "singularity", "image": "user/name" }`.'
        : 'Add `"image": "user/name"` to it.',
  });
}

function checkReference(reference: string, findings: Findings): void {
  const pointer = '/container-image/image';
  const bare = reference.replace(/^[a-z+]+:\/\//, '').replace(/@sha256:[0-9a-f]+$/, '');
  const tag = /:([\w][\w.-]*)$/.exec(bare)?.[1];
  const repository = tag === undefined ? bare : bare.slice(0, -tag.length - 1);
  if (!REPOSITORY.test(repository)) {
    const lower = reference.toLowerCase();
    const byCase = REPOSITORY.test(repository.toLowerCase());
    findings.add({
      code: 'cytomine.image-name',
      pointer,
      value: reference,
      message: byCase
        ? `The image name ${quoted(reference)} has capital letters; no registry takes them.`
        : `${quoted(reference)} is no image name: names are small letters and digits, joined by \`.\`, \`_\`, \`-\` and \`/\`.`,
      nearest: byCase ? lower : undefined,
      mend: byCase
        ? `Publish the image as \`${lower}\` and write that here.`
        : 'Write it as `user/name`.',
    });
    return;
  }
  if (tag !== undefined) {
    findings.add({
      code: 'cytomine.image-tag',
      pointer,
      value: reference,
      message: `The image name has the tag \`${tag}\`; the platform appends the release as another tag and then finds no image. Here the tag is used.`,
      mend: `For the platform write \`${reference.slice(0, reference.length - tag.length - 1)}\`; the release gives the tag.`,
    });
  }
  if (!repository.includes('/')) {
    findings.add({
      code: 'cytomine.image-namespace',
      pointer,
      value: reference,
      message: `The image name ${quoted(reference)} has no user or organisation, so a registry looks for an official image of that name.`,
      mend: `Write \`user/${repository}\`.`,
    });
  }
}

function checkType(image: Fields, type: string | undefined, findings: Findings): void {
  if (type === undefined || type === '') {
    if (image.has('type') && type === undefined && image.raw('type') !== null) return;
    findings.add({
      code: 'cytomine.image-type-missing',
      pointer: type === '' ? '/container-image/type' : '/container-image',
      message: 'The container image has no `type`; the platform refuses to install the app.',
      mend: 'Add `"type": "singularity"`.',
    });
    return;
  }
  if (type === 'singularity') return;
  findings.add({
    code: 'cytomine.image-type',
    pointer: '/container-image/type',
    value: type,
    message: `The image type is ${quoted(type)}; the platform can run only \`singularity\`. Here the image runs all the same.`,
    nearest: 'singularity',
    mend: 'Write `"type": "singularity"`; the image itself stays an ordinary Docker image.',
  });
}

function checkIndex(image: Fields, findings: Findings): void {
  const index = image.text('index');
  if (index === undefined) return;
  findings.add({
    code: 'cytomine.image-index',
    pointer: '/container-image/index',
    value: index,
    message: `The platform reads the \`index\` ${quoted(index)} and never uses it; it always pulls from the Docker Hub.`,
    mend: 'Remove it, or keep it for other readers.',
  });
}
