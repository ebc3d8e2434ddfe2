import { ago } from './amounts.ts';
import { lookOf, table, type TextOptions } from './layout.ts';
import { visible } from './printable.ts';

/** What a list needs of an endpoint. */
export interface ListedWebhook {
  readonly endpointId: string;
  readonly url: string;
  readonly states: readonly string[];
  readonly apps: readonly string[];
  readonly users: readonly string[];
  readonly disabled?: string;
}

/** What a list needs of a message. */
export interface ListedDelivery {
  readonly deliveryId: number;
  readonly endpointId: string;
  readonly runId: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly attempts: number;
  readonly lastFault?: string;
}

/** `webhooks list`: one line an endpoint, under a head. */
export function renderWebhooks(webhooks: readonly ListedWebhook[], options: TextOptions): string {
  if (webhooks.length === 0) return 'No webhooks.\n';
  const rows = webhooks.map(({ endpointId, url, disabled, ...filter }) => [
    endpointId,
    visible(url),
    filterText(filter),
    disabled === undefined ? '' : `disabled: ${disabled}`,
  ]);
  const columns = [{}, { shrink: 'end' } as const, {}, {}];
  const lines = table([['WEBHOOK', 'URL', 'STATES', ''], ...rows], columns, lookOf(options).room);
  return `${lines.join('\n')}\n`;
}

const filterText = ({
  states,
  apps,
  users,
}: Pick<ListedWebhook, 'states' | 'apps' | 'users'>): string =>
  [
    states.join(' '),
    apps.length === 0 ? '' : `of ${apps.join(', ')}`,
    users.length === 0 ? '' : `by ${users.join(', ')}`,
  ]
    .filter((text) => text !== '')
    .map(visible)
    .join(' ');

/** `webhooks dead`: one line a message that was given up, oldest first, under a head. */
export function renderDeliveries(
  deliveries: readonly ListedDelivery[],
  options: TextOptions & { readonly now: Date },
): string {
  if (deliveries.length === 0) return 'No messages were given up.\n';
  const rows = deliveries.map((delivery) => [
    String(delivery.deliveryId),
    delivery.endpointId,
    delivery.runId,
    ago(delivery.createdAt, options.now),
    String(delivery.attempts),
    visible(delivery.lastFault ?? ''),
  ]);
  const head = ['ID', 'WEBHOOK', 'RUN', 'HAPPENED', 'ATTEMPTS', 'WHY'];
  const columns = [{}, {}, {}, {}, { align: 'right' } as const, { shrink: 'end' } as const];
  const lines = table([head, ...rows], columns, lookOf(options).room);
  return `${lines.join('\n')}\n`;
}
