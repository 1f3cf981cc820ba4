// One machine whose ledger is in PostgreSQL: docker-compose.yml with deploy/postgres.yml.
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { ComposeStack, eventually, needsDocker } from '../support/compose.js';
import { ask, place, type Answer, type Trade } from '../support/compose-traders.js';
import { buildPostgresImage } from '../support/postgres-image.js';
import { needsPostgres } from '../support/postgres-server.js';

const image = 'stock-postgres-stand-in';

describe('containers with the ledger in PostgreSQL', function () {
  this.timeout(90_000);
  needsDocker();
  needsPostgres();
  let stack: ComposeStack;

  before('build the images and start the containers', async function () {
    this.timeout(600_000);
    await buildPostgresImage(image);
    const password = randomBytes(12).toString('hex');
    stack = await ComposeStack.create(['deploy/postgres.yml'], {
      POSTGRES_IMAGE: image,
      POSTGRES_PASSWORD: password,
    });
    await stack.compose('build');
    await stack.up();
  });

  afterEach('show the logs of a failure', async function () {
    if (this.currentTest?.isFailed()) {
      console.log(await stack.compose('logs', '--no-color', '--tail', '30'));
    }
  });

  after('remove the containers', async () => {
    if (stack) {
      await stack.compose('stop', '--timeout', '5');
      // They belong to the server's user, and nobody else can remove them.
      await stack.compose('run', '--rm', '--no-deps', '--entrypoint', 'find', 'postgres', ...databaseFiles);
      await stack.remove();
    }
  });

  const databaseFiles = ['/var/lib/postgresql/data', '-mindepth', '1', '-delete'];
  const post = (trade: Trade, key: string): Promise<Answer> =>
    ask('POST', `${stack.url}/orders`, { trade, key });
  const decided = (trade: Trade, key: string): Promise<Answer> =>
    eventually('the order is decided', 30_000, async () => {
      const answer = await post(trade, key);
      return answer.status === 503 ? undefined : answer;
    });
  const buy = { name: 'GameStart', type: 'buy', quantity: 7 } as const;
  const tooMuch = { name: 'GameStart', type: 'buy', quantity: 1_000 } as const;
  const executed = (number: number): Answer => ({
    status: 200,
    body: { data: { transaction_number: number } },
  });

  async function expectAllThere(): Promise<void> {
    expect(await decided(buy, 'first')).to.deep.equal(executed(1));
    expect(await decided(tooMuch, 'second')).to.include({ status: 404 });
    expect(await ask('GET', `${stack.url}/orders/1`)).to.deep.equal({
      status: 200,
      body: { data: { order_num: 1, ...buy } },
    });
    expect((await ask('GET', `${stack.url}/stocks/GameStart`)).body).to.deep.include({
      data: { name: 'GameStart', price: 15.99, quantity: 93 },
    });
  }

  it('execute an order once, and refuse what cannot be done', async () => {
    expect(await post(buy, 'first')).to.deep.equal(executed(1));
    expect(await post(tooMuch, 'second')).to.include({ status: 404 });
    await expectAllThere();
    expect(await stack.compose('logs', 'catalog')).to.match(/is the active one, in epoch 1/);
  });

  it('have everything again after the catalog and the database were killed', async () => {
    await stack.run('docker', ['kill', stack.containerName('catalog'), `${stack.project}-postgres`]);
    expect(await post(buy, 'third')).to.include({ status: 503 });
    await stack.run('docker', ['start', `${stack.project}-postgres`]);
    await stack.docker('start', 'catalog');
    expect(await decided(buy, 'third')).to.deep.equal(executed(2));
    expect(await place(stack.url, { ...buy, type: 'sell' })).to.equal(3);
    await expectAllThere();
  });

  it('have everything again after all containers were removed', async () => {
    await stack.compose('down');
    await stack.up();
    await expectAllThere();
    expect(await place(stack.url, { ...buy, quantity: 0 })).to.equal(4);
  });

  it('publish no port of the database, and let it have no more than it needs', async () => {
    const inspected = await stack.run('docker', ['inspect', `${stack.project}-postgres`]);
    const [container] = JSON.parse(inspected) as {
      HostConfig: { ReadonlyRootfs: boolean };
      NetworkSettings: { Ports: object; Networks: object };
    }[];
    expect(container?.NetworkSettings.Ports).to.deep.equal({});
    expect(Object.keys(container?.NetworkSettings.Networks ?? {})).to.deep.equal([stack.network]);
    expect(container?.HostConfig).to.include({ ReadonlyRootfs: true });
    const processes = await stack.run('docker', ['top', `${stack.project}-postgres`, '-o', 'pid,uid,args']);
    const [, uid] = /^\s*\d+\s+(\d+)\s+postgres /m.exec(processes) ?? [];
    expect(Number(uid), processes).to.be.greaterThan(0);
  });
});
