import { expect } from 'chai';
import { LeaderFinder } from '../../../src/frontend/leader-finder.js';
import { OrderGateway } from '../../../src/frontend/order-gateway.js';
import { order } from '../../support/example-trades.js';
import { FakeCluster } from '../../support/fake-cluster.js';
import { SilentLogger } from '../../support/silent-logger.js';
import { settle, VirtualClock, watch } from '../../support/virtual-clock.js';

const timing = { heartbeatIntervalMs: 100, heartbeatMisses: 3, settleMs: 2_000, unreadyPatienceMs: 1_500 };
const budgetMs = 5_000;

const done = (number: number) => ({ code: 200, message: '', number });
const unknown = { code: 503, message: 'outcome unknown, retry with the same Idempotency-Key', number: 0 };

describe('order gateway', () => {
  let clock: VirtualClock;
  let cluster: FakeCluster;
  let finder: LeaderFinder;
  let gateway: OrderGateway;

  /** Replica 3 leads. */
  beforeEach(async () => {
    clock = new VirtualClock();
    cluster = new FakeCluster(clock);
    finder = new LeaderFinder({
      replicas: cluster.replicas,
      clock,
      timing,
      logger: new SilentLogger(),
      onDown: (id) => cluster.replicas.find((replica) => replica.id === id)?.reset(),
    });
    gateway = new OrderGateway(cluster.replicas, finder, clock, {
      budgetMs,
      maxInFlight: 3,
      maxQuestions: 3,
    });
    finder.start();
    await settle();
  });
  afterEach(() => finder.stop());

  const submit = (orderId: string) => gateway.submit(order(orderId), 'trace');
  const received = () => cluster.replicas.map((replica) => replica.received.join(','));

  describe('with an order', () => {
    it('goes to the leader, and gives its answer', async () => {
      expect(await submit('a')).to.deep.equal(done(1));
      expect(received()).to.deep.equal(['', '', 'a']);
    });

    it('gives a refusal as it is', async () => {
      for (const code of [404, 422, 400]) {
        cluster.replica(3).orderCode = code;
        expect(await submit('a')).to.deep.equal({ code, message: 'says replica 3', number: 0 });
      }
      expect(received()).to.deep.equal(['', '', 'a,a,a']);
    });

    it('gives a definite "not done" of its first attempt as it is', async () => {
      cluster.replica(3).orderCode = 503;
      expect(await submit('a')).to.deep.equal({ code: 503, message: 'says replica 3', number: 0 });
    });

    it('goes to the next leader, with the same id, when the leader dies before the trade', async () => {
      cluster.replica(3).kill();
      expect(await clock.until(submit('a'), 200)).to.deep.equal(done(1));
      expect(received()).to.deep.equal(['', 'a', 'a']);
      expect(cluster.orders).to.have.lengthOf(1);
    });

    it('gets the one number when the leader dies after the trade', async () => {
      cluster.replica(3).losesAnswers = true;
      const answer = watch(submit('a'));
      await settle();
      expect([cluster.orders.length, answer.settled]).to.deep.equal([1, false]);
      cluster.replica(3).kill();
      await clock.advance(200);
      expect(answer.value).to.deep.equal(done(1));
      expect(cluster.orders).to.have.lengthOf(1);
    });

    it('is taken back from a leader that hangs, and goes to the next one', async () => {
      cluster.replica(3).mode = 'hanging';
      const answers = [watch(submit('a')), watch(submit('b'))];
      await clock.advance(1_200);
      expect(answers.map(({ value }) => value)).to.deep.equal([done(1), done(2)]);
    });

    it('looks for the new leader when the old one says that it is none', async () => {
      cluster.elect(1);
      expect(await clock.until(submit('a'), 100)).to.deep.equal(done(1));
      expect(received()).to.deep.equal(['a', '', 'a']);
    });

    it('waits for a leader while there is none', async () => {
      cluster.replicas.forEach((replica) => replica.kill());
      await clock.advance(100);
      const answer = watch(submit('a'));
      await clock.advance(4_000);
      expect(answer.settled).to.equal(false);
      cluster.replica(1).mode = 'up';
      await clock.advance(200);
      expect(answer.value).to.deep.equal(done(1));
    });

    it('is given up when its time is over, and says that nobody knows', async () => {
      cluster.replicas.forEach((replica) => replica.kill());
      const answer = watch(submit('a'));
      await clock.advance(budgetMs - 1);
      expect(answer.settled).to.equal(false);
      await clock.advance(1);
      expect(answer.value).to.deep.equal(unknown);
      cluster.replica(1).mode = 'up';
      await clock.advance(10_000);
      expect(cluster.replica(1).received).to.deep.equal([]);
    });

    it('is given up in time even if the leader answers heartbeats, but not the order', async () => {
      const hopeless = new Promise<never>(() => undefined);
      cluster.replica(3).order = () => hopeless;
      const answer = watch(submit('a'));
      await clock.advance(budgetMs - 1);
      expect(answer.settled).to.equal(false);
      await clock.advance(1);
      expect(answer.value).to.deep.equal(unknown);
    });

    it('is not called "not done" by a second leader when the first may have done it', async () => {
      cluster.replica(3).losesAnswers = true;
      cluster.replica(2).orderCode = 503;
      const answer = watch(submit('a'));
      await settle();
      cluster.replica(3).kill();
      await clock.advance(1_000);
      expect(answer.value).to.deep.equal(unknown);
      expect(cluster.orders).to.have.lengthOf(1);
      cluster.replica(2).orderCode = undefined;
      expect(await submit('a')).to.deep.equal(done(1));
    });

    it('is refused at once, and not sent, while too many are under way', async () => {
      cluster.replica(3).mode = 'hanging';
      const answers = ['a', 'b', 'c'].map((orderId) => watch(submit(orderId)));
      const refused = { code: 503, message: 'too many orders are waiting, try again', number: 0 };
      expect(await submit('d')).to.deep.equal(refused);
      expect(received()).to.deep.equal(['', '', 'a,b,c']);
      await clock.advance(1_200);
      expect(answers.map(({ value }) => value)).to.deep.equal([done(1), done(2), done(3)]);
      expect(await submit('d')).to.deep.equal(done(4));
    });

    it('is asked of one leader no more often than every 25 ms', async () => {
      cluster.replica(3).losesAnswers = true;
      const answer = watch(submit('a'));
      await clock.advance(1_000);
      expect(answer.settled).to.equal(false);
      expect(cluster.replica(3).received.length).to.be.within(30, 42);
    });
  });

  describe('with a question', () => {
    beforeEach(async () => {
      await submit('a');
    });
    const found = { code: 200, order: { number: 1, name: 'GameStart', type: 'buy', quantity: 1 } };

    it('goes to the leader', async () => {
      expect(await gateway.query(1)).to.deep.equal(found);
      expect(await gateway.query(2)).to.deep.equal({ code: 404, message: 'Transaction number not found' });
      expect(cluster.replicas.map(({ queries }) => queries)).to.deep.equal([0, 0, 2]);
    });

    it('goes to another replica when the leader does not answer', async () => {
      cluster.replica(3).kill();
      expect(await gateway.query(1)).to.deep.equal(found);
      expect(cluster.replicas.map(({ queries }) => queries)).to.deep.equal([0, 1, 1]);
    });

    it('goes to another replica when the leader cannot tell', async () => {
      cluster.replica(3).queryCode = 503;
      cluster.replica(2).queryCode = 503;
      expect(await gateway.query(1)).to.deep.equal(found);
    });

    it('is answered with the best that there was when nobody can tell', async () => {
      cluster.replicas.forEach((replica) => (replica.queryCode = 503));
      expect(await gateway.query(1)).to.deep.equal({ code: 503, message: 'says replica 1' });
      expect(cluster.replicas.map(({ queries }) => queries)).to.deep.equal([1, 1, 1]);
    });

    it('waits for a replica that is away and may know, while the others cannot tell', async () => {
      cluster.replica(3).queryCode = 503;
      cluster.replica(2).queryCode = 503;
      cluster.replica(1).kill();
      const answer = watch(gateway.query(1));
      await clock.advance(1_000);
      expect(answer.settled).to.equal(false);
      cluster.replica(1).mode = 'up';
      await clock.advance(200);
      expect(answer.value).to.deep.equal(found);
      cluster.replica(1).kill();
      expect(await clock.until(gateway.query(1), budgetMs + 25)).to.deep.equal({
        code: 503,
        message: 'says replica 2',
      });
    });

    it('waits for a replica that answers, and gives up when its time is over', async () => {
      cluster.replicas.forEach((replica) => replica.kill());
      const answer = watch(gateway.query(1));
      await clock.advance(1_000);
      expect(answer.settled).to.equal(false);
      cluster.replica(1).mode = 'up';
      await clock.advance(200);
      expect(answer.value).to.deep.equal(found);
      cluster.replica(1).kill();
      expect(await clock.until(gateway.query(1), budgetMs + 25)).to.deep.equal({
        code: 503,
        message: 'the catalog does not answer, try again',
      });
    });
  });

  describe('with more questions than a replica can answer in time', () => {
    beforeEach(async () => {
      await submit('a');
    });

    it('counts none of them against the leader', async () => {
      const late = () => clock.sleep(50).then(() => Promise.reject(new Error('no answer within 50 ms')));
      cluster.replicas.forEach((replica) => {
        replica.query = late;
        replica.newest = late;
      });
      const questions = [watch(gateway.query(1)), watch(gateway.newest(5))];
      // A single heartbeat that the leader is too busy to answer in time.
      await clock.advance(110);
      cluster.replica(3).mode = 'hanging';
      await clock.advance(400);
      cluster.replica(3).mode = 'up';
      await clock.advance(300);
      expect(finder.leader).to.deep.equal({ leaderId: 3, term: 1 });
      expect(cluster.proposals).to.deep.equal([3]);
      expect(questions.map(({ settled }) => settled)).to.deep.equal([false, false]);
    });

    it('refuses at once what is more than its bound', async () => {
      cluster.replicas.forEach((replica) => (replica.mode = 'hanging'));
      const waiting = [1, 1, 1].map((number) => watch(gateway.query(number)));
      expect(await gateway.query(1)).to.deep.equal({
        code: 503,
        message: 'too many questions are waiting, try again',
      });
      cluster.replicas.forEach((replica) => (replica.mode = 'up'));
      cluster.replicas.forEach((replica) => replica.reset());
      await clock.advance(200);
      expect(waiting.map(({ value }) => value?.code)).to.deep.equal([200, 200, 200]);
      expect((await gateway.query(1)).code).to.equal(200);
    });
  });

  it('lists the newest orders, from whoever answers', async () => {
    await submit('a');
    await submit('b');
    cluster.replica(3).kill();
    expect((await gateway.newest(1))?.map(({ number }) => number)).to.deep.equal([2]);
    expect((await gateway.newest(5, 2))?.map(({ number }) => number)).to.deep.equal([1]);
    cluster.replicas.forEach((replica) => replica.kill());
    expect(await clock.until(gateway.newest(1), budgetMs + 25)).to.equal(undefined);
  });
});
