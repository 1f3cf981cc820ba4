// What `GET /events` sends to the page in src/dashboard, as JSON. Nothing but types and no imports: the page is built
// from them too, for a browser.

/** An order replica, as last heard. */
export interface LiveReplica {
  readonly id: number;
  readonly role: string;
  readonly term: number;
  /** While it is down: where it was when it was last heard. */
  readonly lastNumber: number;
  /** How many orders it is behind the leader; of one that is down, as far as is known. */
  readonly lag: number;
  readonly inSync: boolean;
  readonly ready: boolean;
  /** Of the whole log, 8 hexadecimal digits; empty while it is down. */
  readonly checksum: string;
  /** When it started, ms since 1970, by the frontend's clock; 0 while it is down. */
  readonly upSinceMs: number;
}

export interface LiveCluster {
  /** 0: there is none. */
  readonly leaderId: number;
  readonly term: number;
  readonly replicas: readonly LiveReplica[];
}

/** The catalog, as this frontend finds it: of several, whichever answers. */
export interface LiveCatalog {
  /** `unknown`: it was asked, and there was no time to answer yet. */
  readonly state: 'unknown' | 'up' | 'down';
  /** While it is down: when it was last heard, ms since 1970, by the frontend's clock. 0: it is not down, or was never heard. */
  readonly answeredAtMs: number;
}

export interface LiveStock {
  readonly name: string;
  /** Decimal number, exactly as in the catalog. */
  readonly price: string;
  readonly quantity: number;
  readonly volume: number;
  /** Whether this frontend would answer for it from its cache. */
  readonly cached: boolean;
}

export interface LiveCache {
  readonly capacity: number;
  readonly size: number;
}

export interface LiveTrade {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
}

/** What a route did in the second before. */
export interface RouteRate {
  /** Like `GET /stocks/:name`. */
  readonly route: string;
  readonly perSecond: number;
  /** Latencies in this frontend, ms; undefined: there was no request. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
}

export interface Sample {
  readonly atMs: number;
  readonly routes: readonly RouteRate[];
  /** Share of the lookups that the cache answered; undefined: there were none. */
  readonly hitRate?: number;
}

export type HappeningKind = 'down' | 'up' | 'elected' | 'caught up' | 'catalog down' | 'catalog up';

/** Something that the charts mark. */
export interface Happening {
  readonly atMs: number;
  readonly kind: HappeningKind;
  /** 0: it is not about a replica. */
  readonly replicaId: number;
}

/** The event `state`: everything, for a page that has just come. */
export interface LiveState {
  /** Another one than before: the frontend was restarted. */
  readonly instanceId: string;
  readonly atMs: number;
  /** When this frontend started, ms since 1970. */
  readonly startedAtMs: number;
  readonly cluster: LiveCluster;
  readonly catalog: LiveCatalog;
  /** Why a trade would not succeed now, in the words of `/readyz`; empty if it would. */
  readonly unreadyReason: string;
  readonly cache: LiveCache;
  /** At most the first `shownStocks`, by name. */
  readonly stocks: readonly LiveStock[];
  /** How many there are. */
  readonly stockCount: number;
  /** The newest, newest first. */
  readonly trades: readonly LiveTrade[];
  /** The last five minutes, as far as somebody was watching. */
  readonly samples: readonly Sample[];
  readonly happenings: readonly Happening[];
}

/** The event `update`: what has changed since the last one. */
export interface LiveUpdate extends Pick<LiveState, 'atMs'> {
  readonly cluster?: LiveCluster;
  readonly catalog?: LiveCatalog;
  readonly unreadyReason?: string;
  readonly cache?: LiveCache;
  /** Those that have changed. */
  readonly stocks?: readonly LiveStock[];
  readonly stockCount?: number;
  /** New ones, newest first. Where there were too many, some are missing between them and those before. */
  readonly trades?: readonly LiveTrade[];
  readonly sample?: Sample;
  readonly happenings?: readonly Happening[];
}
