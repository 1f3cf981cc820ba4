// The connections among the services, each of which can be hurt on its own. A service is told through its settings to
// reach the others by way of a proxy.
import type { ServiceName } from '../support/system.js';

export interface LinkName {
  readonly from: ServiceName;
  readonly to: ServiceName;
}

const replicas = ['order-1', 'order-2', 'order-3'] as const;

/** All that exist: who calls whom. Calls of the catalog to the frontend are the cache invalidations. */
export const allLinks: readonly LinkName[] = [
  { from: 'frontend', to: 'catalog' },
  { from: 'catalog', to: 'frontend' },
  ...replicas.flatMap((replica): LinkName[] => [
    { from: 'frontend', to: replica },
    { from: replica, to: 'catalog' },
    ...replicas.filter((other) => other !== replica).map((other) => ({ from: replica, to: other })),
  ]),
];

export const linkText = ({ from, to }: LinkName): string => `${from}>${to}`;

/** The setting that says where a service is reached. */
const addressSettings: Readonly<Record<ServiceName, string>> = {
  catalog: 'CATALOG_ADDRESS',
  'order-1': 'ORDER_1_ADDRESS',
  'order-2': 'ORDER_2_ADDRESS',
  'order-3': 'ORDER_3_ADDRESS',
  frontend: 'FRONTEND_ADDRESS',
};

/**
 * The settings of one service that lead its calls through the proxies.
 * @param addressOf where the proxy of a link listens, host:port
 */
export function linkSettings(
  service: ServiceName,
  addressOf: (link: LinkName) => string,
): Record<string, string> {
  const ways = allLinks.filter(({ from }) => from === service);
  const settings = Object.fromEntries(ways.map((link) => [addressSettings[link.to], addressOf(link)]));
  if (service === 'frontend') {
    // It tells the catalog where it wants to be called: at the far end of the catalog's link.
    settings.FRONTEND_ADDRESS = addressOf({ from: 'catalog', to: 'frontend' });
  }
  if (service === 'catalog') {
    settings.FRONTEND_ADDRESSES = settings.FRONTEND_ADDRESS ?? '';
  }
  return settings;
}
