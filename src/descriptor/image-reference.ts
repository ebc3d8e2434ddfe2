import type { ContainerImage } from './model.ts';

/** References that say themselves where the image lies: a transport, or a .sif file. */
const COMPLETE = /^(?:[a-z]+:\/\/|(?:docker-archive|oci-archive|oci|docker-daemon):)|\.sif$/i;

/** The image with its index before it, parted by one slash; an image that names its own place keeps that. */
export function imageReferenceOf({
  index,
  image,
}: Pick<ContainerImage, 'index' | 'image'>): string {
  if (index === undefined || index === '' || COMPLETE.test(image)) return image;
  return `${index.replace(/\/+$/, index.endsWith('//') ? '//' : '')}${index.endsWith('//') ? '' : '/'}${image}`;
}
