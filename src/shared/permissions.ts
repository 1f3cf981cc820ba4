// Who may call what, in one table. It holds where services show certificates (TLS=mutual): src/shared/grpc-guard.ts asks
// it, and docs/operations.md shows it.
import { serviceNames, type ServiceName } from './service-names.js';

/** A field in which a replica says which one it is. */
export type Claim = 'leaderId' | 'replicaId' | 'serviceId';

export interface Permission {
  readonly callers: readonly ServiceName[];
  /** What the caller says of itself in each message must be true. */
  readonly claim?: Claim;
}

const frontend = { callers: ['frontend'] } as const;
const replicas = { callers: ['order-1', 'order-2', 'order-3'] } as const;
const everybody = { callers: serviceNames } as const;

/** By the path of the RPC. What does not stand here nobody may call. */
export const permissions: ReadonlyMap<string, Permission> = new Map<string, Permission>([
  ['/CatalogService/Lookup', frontend],
  ['/CatalogService/LookupStream', frontend],
  ['/CatalogService/ListStocks', frontend],
  ['/CatalogService/RenewLease', frontend],
  ['/CatalogService/ReleaseLease', frontend],
  ['/CatalogService/Trade', replicas],
  ['/CatalogService/TradeStream', { ...replicas, claim: 'leaderId' }],
  ['/CatalogService/BeginTerm', { ...replicas, claim: 'replicaId' }],
  ['/CatalogService/ReadJournal', replicas],
  ['/OrderService/Order', frontend],
  ['/OrderService/OrderStream', frontend],
  ['/OrderService/GetOrderDetails', frontend],
  ['/OrderService/GetOrderDetailsStream', frontend],
  ['/OrderService/ListOrders', frontend],
  ['/OrderService/Heartbeat', frontend],
  ['/OrderService/NotifyReplica', frontend],
  ['/OrderService/ReplicateOrder', { ...replicas, claim: 'leaderId' }],
  ['/OrderService/ReplicateStream', { ...replicas, claim: 'leaderId' }],
  ['/OrderService/SyncUp', { ...replicas, claim: 'serviceId' }],
  ['/grpc.health.v1.Health/Check', everybody],
  ['/grpc.health.v1.Health/Watch', everybody],
  ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', everybody],
]);

/** Who may use the frontend's internal port, which takes invalidations. */
export const invalidator: ServiceName = 'catalog';

/** Whether what a message says of its sender is true. Of what is no message at all it is not. */
export function isTrue(claim: Claim, message: unknown, caller: ServiceName): boolean {
  const id = (message as Partial<Record<Claim, number>> | undefined)?.[claim];
  return caller === `order-${id}`;
}
