import { join } from 'node:path';

/** Where a data folder keeps the images that are files. */
export const imageFolder = (dataFolder: string): string => join(dataFolder, 'images');
