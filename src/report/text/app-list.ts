import { lookOf, table, type TextOptions } from './layout.ts';
import { visible } from './printable.ts';

/** What a list needs of an app. */
export interface ListedApp {
  readonly name: string;
  readonly version: string;
  readonly dialect: string;
  readonly registeredBy: string;
  readonly enabled: boolean;
  readonly deprecated?: string;
}

/** `apps`: one line a version, in the order given, under a head. */
export function renderAppList(apps: readonly ListedApp[], options: TextOptions): string {
  if (apps.length === 0) return 'No apps.\n';
  const rows = apps.map(({ name, version, dialect, registeredBy, enabled, deprecated }) => [
    visible(`${name}@${version}`),
    dialect,
    visible(registeredBy),
    [
      enabled ? '' : 'disabled',
      deprecated === undefined ? '' : `deprecated: ${visible(deprecated)}`,
    ]
      .filter((word) => word !== '')
      .join(', '),
  ]);
  const lines = table(
    [['APP', 'DIALECT', 'REGISTERED BY', ''], ...rows],
    [{}, {}, {}, { shrink: 'end' }],
    lookOf(options).room,
  );
  return `${lines.join('\n')}\n`;
}
