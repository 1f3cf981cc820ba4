// Every setting of the system, in one place. A process reads its settings once, at its start, from the environment;
// all mistakes are reported together, each with what to change. `.env.example` lists the same settings, and a test
// compares the two.
import { join } from 'node:path';
import { z } from 'zod';
import { parseFailpoints } from './armed-failpoints.js';
import { mistakesBetween } from './config-relations.js';
import type { Reader } from './relation.js';
import { notValid } from './setting-mistake.js';
import {
  address,
  addresses,
  apiKeys,
  hostNames,
  milliseconds,
  origins,
  path,
  port,
  wholeNumber,
} from './setting-types.js';

const schema = z.object({
  /** Address that the servers listen on. */
  BIND_HOST: z.string().min(1).default('127.0.0.1'),
  /** Port of the REST interface, the one that is published. */
  FRONTEND_PORT: port(8080),
  /** Port on which the frontend takes cache invalidations; not to be published. */
  FRONTEND_INTERNAL_PORT: port(8081),
  /**
   * gRPC port of the catalog. These four, and those for metrics, are below the ports that outgoing connections get (from 32768 on
   * Linux): one of them would make the next start fail.
   */
  CATALOG_PORT: port(15_050),
  /** gRPC ports of the order replicas. */
  ORDER_1_PORT: port(15_051),
  ORDER_2_PORT: port(15_052),
  ORDER_3_PORT: port(15_053),
  /** Each process serves its metrics that much above its internal port, over HTTP; 0: not at all. */
  METRICS_PORT_OFFSET: wholeNumber(0, 10_000).default(100),
  /** Where the others find each service, host:port; the default is its port on loopback. */
  CATALOG_ADDRESS: address.optional(),
  /** Where the catalogs are, comma-separated, if there are several on one database; the default is CATALOG_ADDRESS. */
  CATALOG_ADDRESSES: addresses.optional(),
  ORDER_1_ADDRESS: address.optional(),
  ORDER_2_ADDRESS: address.optional(),
  ORDER_3_ADDRESS: address.optional(),
  /** Where the catalog reaches this frontend's internal port, host:port; must be among FRONTEND_ADDRESSES. */
  FRONTEND_ADDRESS: address.optional(),
  /** The internal addresses of all frontends, comma-separated: the catalog invalidates these and no others. */
  FRONTEND_ADDRESSES: addresses.optional(),
  /** Origins whose pages may call the REST interface, comma-separated, or `*`; without any, only its own pages may. */
  CORS_ORIGINS: origins.optional(),
  /**
   * Names under which pages of this system may trade, comma-separated, beside addresses and localhost. A name that somebody
   * else can let resolve to this machine is not one of them by itself.
   */
  ALLOWED_HOSTS: hostNames.optional(),
  /**
   * Who may use the REST interface: comma-separated `caller:key`, keys of at least 16 characters. Without any, everybody
   * may.
   */
  API_KEYS: apiKeys,
  /** Requests per second that one caller may send, and all together; 0: as many as they like. */
  RATE_LIMIT_PER_CALLER: wholeNumber(0, 1_000_000).default(0),
  RATE_LIMIT_TOTAL: wholeNumber(0, 1_000_000).default(0),
  /** Open connections of the public port; more are closed at once. */
  MAX_CONNECTIONS: wholeNumber(1, 100_000).default(10_000),
  /** Orders that the frontend has under way; more get 503. */
  MAX_ORDERS_IN_FLIGHT: wholeNumber(1, 4_096).default(512),
  /** Which replica this order process is, 1 to 3. */
  REPLICA_ID: wholeNumber(1, 3).optional(),
  /** Directory of all state; each process uses the folder of its own name in it. */
  DATA_DIR: path.default('volumes'),
  /** Whether services show each other certificates and refuse strangers: `off`, or `mutual` TLS. */
  TLS: z.enum(['off', 'mutual']).default('off'),
  /** Directory of the certificates; each process uses the folder of its own name in it. The default is DATA_DIR/tls. */
  TLS_DIR: path.optional(),
  /** The catalog that the first start copies; the default is the initial_catalog.csv beside it, else the shipped one. */
  INITIAL_CATALOG: path.optional(),
  /** Where the catalog keeps what was decided: `csv` in its directory, or `postgres` in the database of LEDGER_URL. */
  LEDGER: z.enum(['csv', 'postgres']).default('csv'),
  /**
   * The database, where LEDGER is `postgres`: postgres://user:password@host:port/name, as libpq has it. Several hosts may
   * be named, comma-separated; the one that takes writes is used.
   */
  LEDGER_URL: z
    .string()
    .regex(
      /^postgres(ql)?:\/\/[^\s/?]+\/[^\s/?]+(\?\S*)?$/,
      'must be like postgres://user:password@host:5432/name',
    )
    .optional(),
  /** How long a catalog is the active one after it last wrote to the database, ms; then another may take over. */
  ACTIVITY_LEASE_MS: milliseconds(500, 100, 60_000),
  /** How many stocks the frontend caches; 0 switches the cache off. */
  CACHE_SIZE: wholeNumber(0, 1_000_000).default(5),
  /** How many executed orders the frontend caches; 0 switches that off. */
  ORDER_CACHE_SIZE: wholeNumber(0, 1_000_000).default(10_000),
  /** How long a frontend may serve from its cache after the catalog last confirmed it, ms. */
  LEASE_MS: milliseconds(300, 50, 10_000),
  /** How often changed stock state is written to catalog.csv, ms. */
  SNAPSHOT_INTERVAL_MS: milliseconds(1_000, 50, 60_000),
  /** How often the frontend asks each replica for its state, ms. */
  HEARTBEAT_INTERVAL_MS: milliseconds(100, 10, 10_000),
  /** How long a heartbeat may take before it counts as missed, ms. */
  HEARTBEAT_TIMEOUT_MS: milliseconds(160, 10, 10_000),
  /** How many heartbeats in a row must be missed before a replica counts as down; a missed one is repeated at once. */
  HEARTBEAT_MISSES: wholeNumber(1, 100).default(3),
  /** How long a follower may be silent before trades stop waiting for it, ms. */
  FOLLOWER_TIMEOUT_MS: milliseconds(100, 10, 10_000),
  /** How long the frontend tries to get a request done before it answers 503, ms. */
  REQUEST_BUDGET_MS: milliseconds(5_000, 100, 60_000),
  /** How long after its end `npm start` starts a process again, ms; 0: never. */
  RESTART_DELAY_MS: milliseconds(3_000, 0, 600_000),
  /** Least severe log level that is written. */
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Form of the logs: `pretty` for people, `json` for machines, `auto` chooses by the terminal. */
  LOG_FORMAT: z.enum(['auto', 'pretty', 'json']).default('auto'),
  /** Where traces are sent, by OTLP over HTTP; without it there are none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .regex(/^https?:\/\/[^\s/]+(\/\S*)?$/, 'must be like http://127.0.0.1:4318')
    .optional(),
  /** These three are read by the library of OpenTelemetry: headers of what is sent, and which requests are traced. */
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a share from 0 to 1')
    .optional(),
  /** For tests: where this process fails on purpose, see armed-failpoints.ts. */
  FAILPOINTS: z
    .string()
    .default('')
    .transform((setting, context) => {
      try {
        return parseFailpoints(setting);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    }),
});

/** Names of all settings, in the order in which they are documented. */
export const settingNames = Object.keys(schema.shape);

export type ReplicaNumber = 1 | 2 | 3;
export const replicaNumbers: readonly ReplicaNumber[] = [1, 2, 3];

type Settings = z.infer<typeof schema>;

/** The settings of one process, with every address and directory filled in. */
export interface Config extends Settings {
  readonly TLS_DIR: string;
  readonly CATALOG_ADDRESS: string;
  readonly CATALOG_ADDRESSES: string[];
  readonly FRONTEND_ADDRESS: string;
  readonly FRONTEND_ADDRESSES: string[];
  /** Address of each order replica. */
  readonly orderAddresses: Readonly<Record<ReplicaNumber, string>>;
  /** gRPC port of each order replica. */
  readonly orderPorts: Readonly<Record<ReplicaNumber, number>>;
}

/** A setting is wrong; the message says which, and what to change. Shown without a stack. */
export class ConfigError extends Error {}

/**
 * Parses the settings.
 * @param environment usually `process.env`; an empty value counts as not set, as Compose writes unset variables.
 * @param reader for whom: some settings are wrong together for those only who use both
 * @throws ConfigError with one line per mistake
 */
export function parseConfig(
  environment: Readonly<Record<string, string | undefined>>,
  reader: Reader = 'command',
): Config {
  const given = Object.fromEntries(
    settingNames
      .map((name) => [name, environment[name]?.trim()])
      .filter(([, value]) => value !== undefined && value !== ''),
  ) as Record<string, string>;
  const issues = schema.safeParse(given).error?.issues ?? [];
  const wrong = new Set(issues.map((issue) => String(issue.path[0])));
  const right = Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name)));
  const config = withDefaults(schema.parse(right));
  const mistakes = [
    ...issues.map(({ path: [name], message }) => notValid(String(name), given[String(name)], message)),
    ...mistakesBetween({ config, reader, given: right }, wrong),
  ];
  if (mistakes.length > 0) {
    throw new ConfigError(mistakes.join('\n'));
  }
  return config;
}

const loopback = (portNumber: number): string => `127.0.0.1:${portNumber}`;

function withDefaults(settings: Settings): Config {
  const orderPorts = {
    1: settings.ORDER_1_PORT,
    2: settings.ORDER_2_PORT,
    3: settings.ORDER_3_PORT,
  } as const;
  const frontendAddress = settings.FRONTEND_ADDRESS ?? loopback(settings.FRONTEND_INTERNAL_PORT);
  const catalogAddress = settings.CATALOG_ADDRESS ?? loopback(settings.CATALOG_PORT);
  return {
    ...settings,
    TLS_DIR: settings.TLS_DIR ?? join(settings.DATA_DIR, 'tls'),
    CATALOG_ADDRESS: catalogAddress,
    CATALOG_ADDRESSES: settings.CATALOG_ADDRESSES ?? [catalogAddress],
    FRONTEND_ADDRESS: frontendAddress,
    FRONTEND_ADDRESSES: settings.FRONTEND_ADDRESSES ?? [frontendAddress],
    orderPorts,
    orderAddresses: {
      1: settings.ORDER_1_ADDRESS ?? loopback(orderPorts[1]),
      2: settings.ORDER_2_ADDRESS ?? loopback(orderPorts[2]),
      3: settings.ORDER_3_ADDRESS ?? loopback(orderPorts[3]),
    },
  };
}
