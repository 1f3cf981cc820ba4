import { expect } from 'chai';
import { CatalogService, OrderService } from '#services';
import { isTrue, permissions, type Claim } from '../../../src/shared/permissions.js';
import { serviceNames, type ServiceName } from '../../../src/shared/service-names.js';

const replicas = ['order-1', 'order-2', 'order-3'] as const;

/** Written anew from the protocol, not taken from the code: who has a reason to call what. */
const reasons: Readonly<Record<string, readonly ServiceName[]>> = {
  '/CatalogService/Lookup': ['frontend'],
  '/CatalogService/LookupStream': ['frontend'],
  '/CatalogService/ListStocks': ['frontend'],
  '/CatalogService/RenewLease': ['frontend'],
  '/CatalogService/ReleaseLease': ['frontend'],
  '/CatalogService/Trade': replicas,
  '/CatalogService/TradeStream': replicas,
  '/CatalogService/BeginTerm': replicas,
  '/CatalogService/ReadJournal': replicas,
  '/OrderService/Order': ['frontend'],
  '/OrderService/OrderStream': ['frontend'],
  '/OrderService/GetOrderDetails': ['frontend'],
  '/OrderService/GetOrderDetailsStream': ['frontend'],
  '/OrderService/ListOrders': ['frontend'],
  '/OrderService/Heartbeat': ['frontend'],
  '/OrderService/NotifyReplica': ['frontend'],
  '/OrderService/ReplicateOrder': replicas,
  '/OrderService/ReplicateStream': replicas,
  '/OrderService/SyncUp': replicas,
  '/grpc.health.v1.Health/Check': serviceNames,
  '/grpc.health.v1.Health/Watch': serviceNames,
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo': serviceNames,
};

const claims: Readonly<Record<string, Claim>> = {
  '/CatalogService/TradeStream': 'leaderId',
  '/CatalogService/BeginTerm': 'replicaId',
  '/OrderService/ReplicateOrder': 'leaderId',
  '/OrderService/ReplicateStream': 'leaderId',
  '/OrderService/SyncUp': 'serviceId',
};

describe('permissions', () => {
  it('say something about every RPC in proto/', () => {
    const paths = [CatalogService, OrderService].flatMap(({ fullName, methods }) =>
      Object.values(methods).map(({ name }) => `/${fullName}/${name}`),
    );
    expect([...permissions.keys()]).to.include.members(paths);
  });

  it('say nothing about anything else', () => {
    expect([...permissions.keys()]).to.have.members(Object.keys(reasons));
  });

  for (const [path, callers] of Object.entries(reasons)) {
    for (const service of serviceNames) {
      const may = callers.includes(service);
      it(`${may ? 'let' : 'do not let'} ${service} call ${path}`, () => {
        expect(permissions.get(path)?.callers.includes(service)).to.equal(may);
      });
    }

    it(`hold a caller of ${path} to its ${claims[path] ?? 'certificate only'}`, () => {
      expect(permissions.get(path)?.claim).to.equal(claims[path]);
    });
  }
});

describe('what a message says of its sender', () => {
  it('is true if it is the number of the replica that the certificate names', () => {
    expect(isTrue('leaderId', { leaderId: 2 }, 'order-2')).to.equal(true);
  });

  for (const [what, message] of Object.entries({
    'another replica': { leaderId: 3 },
    nobody: { leaderId: 0 },
    'its own number in another field': { replicaId: 2 },
    nothing: undefined,
    'what is no message': Symbol('malformed message'),
  })) {
    it(`is not true if it names ${what}`, () => {
      expect(isTrue('leaderId', message, 'order-2')).to.equal(false);
    });
  }

  it('is not true of a service without a number', () => {
    expect(isTrue('replicaId', { replicaId: 1 }, 'frontend')).to.equal(false);
  });
});
