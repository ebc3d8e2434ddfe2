import { userInfo } from 'node:os';

/** The name of whoever runs this program, or the uid where the machine knows no name for it, as in many containers. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
