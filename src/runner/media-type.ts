/** Media types of the files this field's apps write; longest ending first where two fit. */
const MEDIA_TYPES: readonly (readonly [ending: string, mediaType: string])[] = [
  ['.ome.tiff', 'image/tiff'],
  ['.ome.tif', 'image/tiff'],
  ['.nii.gz', 'application/gzip'],
  ['.tar.gz', 'application/gzip'],
  ['.geojson', 'application/geo+json'],
  ['.json', 'application/json'],
  ['.csv', 'text/csv'],
  ['.tsv', 'text/tab-separated-values'],
  ['.txt', 'text/plain'],
  ['.log', 'text/plain'],
  ['.md', 'text/markdown'],
  ['.html', 'text/html'],
  ['.xml', 'application/xml'],
  ['.yaml', 'application/yaml'],
  ['.yml', 'application/yaml'],
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.gif', 'image/gif'],
  ['.svg', 'image/svg+xml'],
  ['.tiff', 'image/tiff'],
  ['.tif', 'image/tiff'],
  ['.pdf', 'application/pdf'],
  ['.zip', 'application/zip'],
  ['.gz', 'application/gzip'],
];

/** The media type of a path by its ending; a folder is `inode/directory`. */
export function mediaTypeOf(path: string, kind: 'file' | 'folder'): string {
  if (kind === 'folder') return 'inode/directory';
  const name = path.toLowerCase();
  return MEDIA_TYPES.find(([ending]) => name.endsWith(ending))?.[1] ?? 'application/octet-stream';
}
