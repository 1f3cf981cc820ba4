// The gRPC contract, as a client of the original system sees it: it knows the fields of this text, and no others.
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { eventually } from '../support/eventually.js';
import { checkHistory, readJournal } from '../support/history.js';
import { plainClient, type PlainClient } from '../support/plain-grpc.js';
import { System } from '../support/system.js';

const original = `
  syntax = "proto3";
  import "google/protobuf/empty.proto";

  service CatalogService {
    rpc Lookup(LookupRequest) returns (LookupResponse);
    rpc Trade(TradeRequest) returns (TradeResponse);
  }
  message LookupRequest { string stock_name = 1; }
  message LookupResponse { string name = 1; float price = 2; int32 quantity = 3; int32 code = 4; string message = 5; }
  message TradeRequest { string name = 1; int32 number_of_items = 2; string type = 3; }
  message TradeResponse { int32 code = 1; }

  service OrderService {
    rpc Order(OrderRequest) returns (OrderResponse);
    rpc GetOrderDetails(GetOrderDetailsRequest) returns (GetOrderDetailsResponse);
    rpc Heartbeat(google.protobuf.Empty) returns (HeartbeatResponse);
    rpc NotifyReplica(NotifyReplicaRequest) returns (NotifyReplicaResponse);
    rpc ReplicateOrder(ReplicateOrderRequest) returns (ReplicateOrderResponse);
    rpc SyncUp(SyncUpRequest) returns (SyncUpResponse);
  }
  message OrderRequest { string name = 1; int32 number_of_items = 2; string type = 3; }
  message OrderResponse { int32 transaction_num = 1; int32 code = 2; string message = 3; }
  message GetOrderDetailsRequest { int32 transaction_num = 1; }
  message GetOrderDetailsResponse {
    int32 code = 1; string message = 2; int32 transaction_num = 3; string name = 4; int32 volume_traded = 5; string type = 6;
  }
  message HeartbeatResponse { int32 code = 1; }
  message NotifyReplicaRequest { int32 leader_id = 1; }
  message NotifyReplicaResponse { int32 code = 1; }
  message ReplicateOrderRequest {
    int32 transaction_num = 1; string name = 2; int32 number_of_items = 3; string type = 4; int32 leader_id = 5;
  }
  message ReplicateOrderResponse { int32 code = 1; }
  message SyncUpRequest { int32 transaction_num = 1; int32 service_id = 2; }
  message SyncUpResponse { repeated OrderDetails orders = 1; }
  message OrderDetails { int32 transaction_num = 1; string name = 2; string type = 3; int32 volume_traded = 4; }
`;

/** What a replica sends to claim a term. */
const claims = `
  syntax = "proto3";
  service CatalogService { rpc BeginTerm(BeginTermRequest) returns (BeginTermResponse); }
  message BeginTermRequest { int32 replica_id = 1; uint32 observed_term = 2; }
  message BeginTermResponse { int32 code = 1; uint32 term = 2; }
`;

const reflection = `
  syntax = "proto3";
  package grpc.reflection.v1;
  service ServerReflection {
    rpc ServerReflectionInfo(stream ServerReflectionRequest) returns (stream ServerReflectionResponse);
  }
  message ServerReflectionRequest { string file_containing_symbol = 4; string list_services = 7; }
  message ServerReflectionResponse {
    FileDescriptorResponse file_descriptor_response = 4;
    ListServiceResponse list_services_response = 6;
    ErrorResponse error_response = 7;
  }
  message FileDescriptorResponse { repeated bytes file_descriptor_proto = 1; }
  message ErrorResponse { int32 error_code = 1; string error_message = 2; }
  message ListServiceResponse { repeated ServiceResponse service = 1; }
  message ServiceResponse { string name = 1; }
`;

const health = `
  syntax = "proto3";
  package grpc.health.v1;
  service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); }
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse {
    enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
    ServingStatus status = 1;
  }
`;

describe('our .proto files', () => {
  let ours: protobuf.Root;
  const theirs = protobuf.parse(original, { keepCase: true }).root;

  before(async () => {
    ours = await new protobuf.Root().load('proto/catalog.proto', { keepCase: true });
  });

  const shape = ({ name, id, type, repeated }: protobuf.Field) =>
    `${repeated ? 'repeated ' : ''}${type} ${name}=${id}`;
  const fields = (root: protobuf.Root, message: string) =>
    root
      .lookupType(message)
      .fieldsArray.filter(({ id }) => id < 10)
      .map(shape)
      .sort();
  const rpcs = (root: protobuf.Root, service: string) =>
    root.lookupService(service).methodsArray.map((method) => {
      const stream = method.requestStream || method.responseStream ? 'stream ' : '';
      return `${stream}${method.name}(${method.requestType}) ${method.responseType}`;
    });

  for (const message of theirs.nestedArray.filter((entry) => entry instanceof protobuf.Type)) {
    it(`have in ${message.name}, below number 10, the fields of the original and no others`, () => {
      expect(fields(ours, message.name)).to.deep.equal(fields(theirs, message.name));
    });
  }

  for (const service of ['CatalogService', 'OrderService']) {
    it(`have in ${service} the RPCs of the original, without a package`, () => {
      expect(rpcs(ours, service)).to.include.members(rpcs(theirs, service));
      expect(ours.lookupService(service).fullName).to.equal(`.${service}`);
    });
  }
});

describe('the gRPC contract', function () {
  this.timeout(30_000);
  let system: System;
  let catalog: PlainClient;
  let orders: PlainClient[];
  const clients: PlainClient[] = [];

  const replica = (id: number) => orders[id - 1] as PlainClient;
  const address = (setting: string) => `127.0.0.1:${system.environment[setting]}`;
  function connect(proto: string, service: string, setting: string): PlainClient {
    const client = plainClient(proto, service, address(setting));
    clients.push(client);
    return client;
  }
  const logs = () =>
    Promise.all([
      readFile(join(system.dataDirectory, 'catalog', 'journal.csv'), 'utf8'),
      ...[1, 2, 3].map((id) => readFile(join(system.dataDirectory, `order-${id}`, 'orders.csv'), 'utf8')),
    ]);
  /** The trades in the journal. */
  const count = async () => {
    await system.viewed();
    return readJournal(system.dataDirectory).length;
  };
  const trade = async (name: string, type: string, quantity: number) =>
    (await system.client.send({ method: 'POST', path: '/orders', body: { name, quantity, type } })).text;
  const numbered = (number: number) => `{"data":{"transaction_number":${number}}}`;
  const everywhere = (number: number) =>
    eventually(async () => {
      for (const id of [1, 2, 3]) {
        expect((await replica(id).call('SyncUp', { service_id: 1 })).orders).to.have.length(number);
      }
    });

  before(async () => {
    // A busy machine must not cause an election here.
    system = await System.start({ HEARTBEAT_TIMEOUT_MS: '2000' });
    catalog = connect(original, 'CatalogService', 'CATALOG_PORT');
    orders = [1, 2, 3].map((id) => connect(original, 'OrderService', `ORDER_${id}_PORT`));
  });

  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) {
      console.log(system.output);
    }
    clients.forEach((client) => client.close());
    await system.close();
  });

  it('Lookup: the stock, its price as a float', async () => {
    expect(await catalog.call('Lookup', { stock_name: 'GameStart' })).to.deep.equal({
      name: 'GameStart',
      price: Math.fround(15.99),
      quantity: 100,
      code: 200,
      message: '',
    });
    expect(await catalog.call('Lookup', { stock_name: 'NoSuchCo' })).to.include({
      code: 404,
      message: 'stock not found',
    });
    expect(await catalog.call('Lookup')).to.include({ code: 404 });
  });

  it('Trade: a bare one is executed, numbered, and reaches all replicas', async () => {
    expect(await catalog.call('Trade', { name: 'GameStart', number_of_items: 5, type: 'buy' })).to.deep.equal(
      { code: 200 },
    );
    expect(await count()).to.equal(1);
    await everywhere(1);
    expect((await replica(2).call('SyncUp', { service_id: 3 })).orders).to.deep.equal([
      { transaction_num: 1, name: 'GameStart', type: 'buy', volume_traded: 5 },
    ]);
    expect(await catalog.call('Lookup', { stock_name: 'GameStart' })).to.include({ quantity: 95 });
  });

  it('Trade: a normal order right after a bare one gets the next number', async () => {
    expect(await trade('AAPL', 'sell', 1)).to.equal(numbered(2));
    await catalog.call('Trade', { name: 'AAPL', number_of_items: 1, type: 'buy' });
    await catalog.call('Trade', { name: 'AAPL', number_of_items: 2, type: 'sell' });
    expect(await trade('AAPL', 'sell', 1)).to.equal(numbered(5));
    await everywhere(5);
  });

  it('Trade: bare ones in the middle of normal orders break nothing', async () => {
    const before = await count();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, turn) =>
        turn % 4 === 0
          ? String((await catalog.call('Trade', { name: 'META', number_of_items: 1, type: 'sell' })).code)
          : trade('META', 'sell', 1),
      ),
    );
    expect(answers.filter((answer) => answer === '200')).to.have.length(5);
    const numbers = answers.filter((answer) => answer !== '200').map((text) => Number(/\d+/.exec(text)?.[0]));
    expect(new Set(numbers).size).to.equal(15);
    expect(Math.max(...numbers)).to.be.at.most(before + 20);
    expect(await count()).to.equal(before + 20);
    await everywhere(before + 20);
  });

  it('Trade: says 404 for what is not possible, and numbers nothing', async () => {
    const before = await count();
    const bad = [
      { name: 'NoSuchCo', number_of_items: 1, type: 'buy' },
      { name: 'GameStart', number_of_items: 1, type: 'steal' },
      { name: 'GameStart', number_of_items: -1, type: 'buy' },
      { name: 'GameStart', number_of_items: 2_147_483_647, type: 'buy' },
      {},
    ];
    for (const request of bad) {
      expect(await catalog.call('Trade', request), JSON.stringify(request)).to.deep.equal({ code: 404 });
    }
    expect(await count()).to.equal(before);
  });

  it('Order: the leader executes it', async () => {
    const before = await count();
    expect(await replica(3).call('Order', { name: 'AMZN', number_of_items: 4, type: 'sell' })).to.deep.equal({
      transaction_num: before + 1,
      code: 200,
      message: '',
    });
    expect(await replica(3).call('Order', { name: 'AMZN', number_of_items: 0, type: 'buy' })).to.include({
      transaction_num: before + 2,
      code: 200,
    });
  });

  it('Order: the leader refuses what is not possible, with the words of REST', async () => {
    const cases = [
      [{ name: 'NoSuchCo', number_of_items: 1, type: 'buy' }, 'invalid stock name'],
      [{ name: 'AMZN', number_of_items: 1, type: 'Buy' }, 'invalid transaction type'],
      [{ name: 'AMZN', number_of_items: -1, type: 'buy' }, 'num stocks traded should be non negative'],
      [{ name: 'AMZN', number_of_items: 9_999, type: 'buy' }, 'not enough stocks left to buy'],
    ] as const;
    for (const [request, message] of cases) {
      expect(await replica(3).call('Order', request)).to.deep.equal({
        transaction_num: 0,
        code: 404,
        message,
      });
    }
  });

  it('Order: a follower refuses it and names the leader', async () => {
    const before = await count();
    for (const id of [1, 2]) {
      expect(
        await replica(id).call('Order', { name: 'AMZN', number_of_items: 1, type: 'sell' }),
      ).to.deep.equal({
        transaction_num: 0,
        code: 421,
        message: 'not the leader: replica 3 leads',
      });
    }
    expect(await count()).to.equal(before);
  });

  it('GetOrderDetails: every replica knows every order', async () => {
    await everywhere(await count());
    for (const id of [1, 2, 3]) {
      expect(await replica(id).call('GetOrderDetails', { transaction_num: 1 })).to.deep.equal({
        code: 200,
        message: '',
        transaction_num: 1,
        name: 'GameStart',
        volume_traded: 5,
        type: 'buy',
      });
    }
  });

  for (const number of [0, -1, -2_147_483_648, 9_999, 2_147_483_647]) {
    it(`GetOrderDetails: says 404 for number ${number}`, async () => {
      for (const id of [1, 3]) {
        expect(await replica(id).call('GetOrderDetails', { transaction_num: number })).to.deep.equal({
          code: 404,
          message: 'Transaction number not found',
          transaction_num: 0,
          name: '',
          volume_traded: 0,
          type: '',
        });
      }
    });
  }

  it('ReplicateOrder: an order that exists is confirmed, an invented one is not, and no log changes', async () => {
    const before = await logs();
    const first = { name: 'GameStart', number_of_items: 5, type: 'buy', leader_id: 3 };
    const next = (await count()) + 1;
    const cases = [
      [{ ...first, transaction_num: 1 }, 200],
      [{ ...first, transaction_num: 1, leader_id: 0 }, 200],
      [{ ...first, transaction_num: 1, number_of_items: 6 }, 409],
      [{ ...first, transaction_num: 1, type: 'sell' }, 409],
      [{ ...first, transaction_num: 1, name: 'AAPL' }, 409],
      [{ ...first, transaction_num: next }, 409],
      [{ ...first, transaction_num: next + 1_000 }, 409],
      [{ ...first, transaction_num: 0 }, 409],
      [{ ...first, transaction_num: -1 }, 409],
      [{}, 409],
    ] as const;
    for (const [request, code] of cases) {
      for (const id of [1, 3]) {
        const answer = await replica(id).call('ReplicateOrder', request);
        expect(answer, JSON.stringify(request)).to.deep.equal({ code });
      }
    }
    expect(await logs()).to.deep.equal(before);
  });

  it('SyncUp: the orders after a number', async () => {
    const last = await count();
    const { orders: all } = await replica(1).call('SyncUp', { transaction_num: 0, service_id: 2 });
    const numbers = (all as { transaction_num: number }[]).map(({ transaction_num: number }) => number);
    expect(numbers).to.deep.equal(Array.from({ length: last }, (_, index) => index + 1));
    const { orders: two } = await replica(3).call('SyncUp', { transaction_num: last - 2, service_id: 2 });
    expect(two).to.deep.equal((all as object[]).slice(-2));
    for (const beyond of [last, last + 5, 2_147_483_647]) {
      expect(await replica(1).call('SyncUp', { transaction_num: beyond })).to.deep.equal({ orders: [] });
    }
    expect(await replica(1).call('SyncUp', { transaction_num: -7, service_id: 99 })).to.deep.equal({
      orders: all,
    });
  });

  it('Heartbeat: every replica is alive', async () => {
    for (const id of [1, 2, 3]) {
      expect(await replica(id).call('Heartbeat')).to.deep.equal({ code: 200 });
    }
  });

  it('NotifyReplica: a leader that the others are told of again stays', async () => {
    for (const id of [1, 2, 3]) {
      expect(await replica(id).call('NotifyReplica', { leader_id: 3 })).to.deep.equal({ code: 200 });
    }
    const { term, leader_id: leader } = await system.cluster();
    expect({ term, leader }).to.deep.equal({ term: 1, leader: 3 });
  });

  it('NotifyReplica: an id that does not exist moves nothing', async () => {
    const before = await count();
    for (const leader of [0, 9, -1]) {
      for (const id of [1, 2, 3]) {
        expect(await replica(id).call('NotifyReplica', { leader_id: leader })).to.deep.equal({ code: 409 });
      }
    }
    expect(await trade('NVDA', 'sell', 1)).to.equal(numbered(before + 1));
    expect((await system.cluster()).leader_id).to.equal(3);
  });

  it('NotifyReplica: the named replica takes over, and trades go on', async () => {
    const before = await count();
    expect(await replica(2).call('NotifyReplica', { leader_id: 2 })).to.deep.equal({ code: 200 });
    expect(await trade('NVDA', 'sell', 1)).to.equal(numbered(before + 1));
    await eventually(async () => expect((await system.cluster()).leader_id).to.equal(2));
    expect(await trade('NVDA', 'sell', 1)).to.equal(numbered(before + 2));
    expect(await replica(2).call('Order', { name: 'NVDA', number_of_items: 1, type: 'buy' })).to.include({
      transaction_num: before + 3,
      code: 200,
    });
    await eventually(async () =>
      expect(await replica(3).call('Order', { name: 'NVDA', number_of_items: 1, type: 'buy' })).to.include({
        code: 421,
        message: 'not the leader: replica 2 leads',
      }),
    );
  });

  const services = [
    ['CATALOG_PORT', 'CatalogService'],
    ['ORDER_1_PORT', 'OrderService'],
    ['ORDER_2_PORT', 'OrderService'],
    ['ORDER_3_PORT', 'OrderService'],
  ] as const;
  for (const [setting, service] of services) {
    it(`reflection on ${setting}: lists ${service}`, async () => {
      const client = connect(reflection, 'grpc.reflection.v1.ServerReflection', setting);
      const { list_services_response: list } = await client.ask('ServerReflectionInfo', {
        list_services: '*',
      });
      expect(list, 'a list').to.be.an('object');
      expect((list as { service: { name: string }[] }).service.map(({ name }) => name)).to.include(service);
    });

    it(`reflection on ${setting}: describes ${service}, its messages, and what they import`, async () => {
      const client = connect(reflection, 'grpc.reflection.v1.ServerReflection', setting);
      for (const symbol of [service, 'OrderDetails', 'google.protobuf.Empty']) {
        const answer = await client.ask('ServerReflectionInfo', { file_containing_symbol: symbol });
        expect(answer.error_response, symbol).to.equal(null);
        const { file_descriptor_proto: files } = answer.file_descriptor_response as {
          file_descriptor_proto: Uint8Array[];
        };
        const text = files.map((bytes) => Buffer.from(bytes).toString('latin1')).join('');
        expect(text).to.include(symbol.split('.').at(-1));
      }
    });

    it(`health on ${setting}: SERVING, as a whole and for ${service}`, async () => {
      const client = connect(health, 'grpc.health.v1.Health', setting);
      for (const name of ['', service]) {
        expect(await client.call('Check', { service: name }), name).to.deep.equal({ status: 1 });
      }
      const unknown = await client
        .call('Check', { service: 'NoSuchService' })
        .catch((error: { code: number }) => error.code);
      expect(unknown, 'NOT_FOUND').to.equal(5);
    });
  }

  for (const replicaId of [0, -1, 4, 2_147_483_647]) {
    it(`BeginTerm: there is no replica ${replicaId}, so it gets no term and the journal no line`, async () => {
      const before = await logs();
      const claimant = connect(claims, 'CatalogService', 'CATALOG_PORT');
      const { term } = await claimant.call('BeginTerm', { replica_id: replicaId });
      const answer = await claimant.call('BeginTerm', { replica_id: replicaId, observed_term: term });
      expect(answer).to.deep.equal({ code: 400, term });
      expect(await logs()).to.deep.equal(before);
    });
  }

  it('leaves a history that adds up', async () => {
    await everywhere(await count());
    await checkHistory(system.dataDirectory, []);
  });
});
