import type { Principal } from '../http/principal.ts';
import type { Uploads } from '../uploads/uploads.ts';

/** A folder of the server, or one that was sent. */
type FolderReference = string | { readonly upload: string };

/** Folders that a run reads, as a request names them. */
export interface ReadFolders {
  readonly in?: FolderReference;
  readonly gt?: FolderReference;
}

/** Their paths. Throws what `Uploads.use` throws. */
export async function readFolders(
  folders: ReadFolders,
  principal: Principal,
  uploads: Uploads,
): Promise<{ readonly in?: string; readonly gt?: string }> {
  const path = async (folder: FolderReference): Promise<string> =>
    typeof folder === 'string' ? folder : (await uploads.use(folder.upload, principal)).path;
  return {
    ...(folders.in === undefined ? {} : { in: await path(folders.in) }),
    ...(folders.gt === undefined ? {} : { gt: await path(folders.gt) }),
  };
}
