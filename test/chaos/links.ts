// The connections among the services, each of which can be hurt on its own. A service is told through its settings to
// reach the others by way of a proxy.
import type { ServiceName } from '../support/system.js';
import type { MachineName } from './target.js';

export interface LinkName<Name extends MachineName = MachineName> {
  readonly from: Name;
  readonly to: Name;
}

const replicas = ['order-1', 'order-2', 'order-3'] as const;

/** All that exist: who calls whom. Calls of the catalog to the frontend are the cache invalidations. */
export const allLinks: readonly LinkName<ServiceName>[] = [
  { from: 'frontend', to: 'catalog' },
  { from: 'catalog', to: 'frontend' },
  ...replicas.flatMap((replica): LinkName<ServiceName>[] => [
    { from: 'frontend', to: replica },
    { from: replica, to: 'catalog' },
    ...replicas.filter((other) => other !== replica).map((other) => ({ from: replica, to: other })),
  ]),
];

/** Those that a second catalog adds, and a database that both share. */
export const sharedLedgerLinks: readonly LinkName[] = [
  ...(['frontend', ...replicas] as const).map((from) => ({ from, to: 'catalog-2' as const })),
  ...(['catalog', 'catalog-2'] as const).flatMap((from) =>
    (['database', 'database-2'] as const).map((to) => ({ from, to })),
  ),
];

/** The link by which a call goes: both catalogs reach a frontend at the one address that it gives. */
export const wayOf = ({ from, to }: LinkName): LinkName =>
  from === 'catalog-2' && to === 'frontend' ? { from: 'catalog', to } : { from, to };

export const linkText = ({ from, to }: LinkName): string => `${from}>${to}`;

/** The settings that say where the others are reached. */
const addressSettings: readonly (readonly [string, ...MachineName[]])[] = [
  ['CATALOG_ADDRESS', 'catalog'],
  ['CATALOG_ADDRESSES', 'catalog', 'catalog-2'],
  ['ORDER_1_ADDRESS', 'order-1'],
  ['ORDER_2_ADDRESS', 'order-2'],
  ['ORDER_3_ADDRESS', 'order-3'],
  ['LEDGER_URL', 'database', 'database-2'],
];

/**
 * The settings of one service that lead its calls through the proxies.
 * @param links all that exist
 * @param addressOf where the proxy of a link listens, host:port
 */
export function linkSettings(
  service: MachineName,
  links: readonly LinkName[],
  addressOf: (link: LinkName) => string,
): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [setting, ...targets] of addressSettings) {
    const ways = links.filter(({ from, to }) => from === service && targets.includes(to));
    if (ways.length === targets.length) {
      const addresses = ways.map(addressOf).join(',');
      settings[setting] = setting === 'LEDGER_URL' ? ledgerUrl(addresses) : addresses;
    }
  }
  // The frontend tells the catalog where it wants to be called: at the far end of the catalog's link.
  const frontend = addressOf({ from: 'catalog', to: 'frontend' });
  if (service === 'frontend' || service === 'catalog' || service === 'catalog-2') {
    settings.FRONTEND_ADDRESS = frontend;
    settings.FRONTEND_ADDRESSES = frontend;
  }
  return settings;
}

/** @param servers host:port, comma-separated */
export const ledgerUrl = (servers: string): string => `postgres://stock@${servers}/stocks`;
