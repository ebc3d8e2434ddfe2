export {
  SifCache,
  type KeptSif,
  type ListedSif,
  type SifFacts,
  type SifName,
} from './sif-cache.ts';
export { writeEmptyImage } from './empty-image.ts';
