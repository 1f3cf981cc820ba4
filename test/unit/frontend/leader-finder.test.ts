import { expect } from 'chai';
import { LeaderFinder } from '../../../src/frontend/leader-finder.js';
import { FakeCluster } from '../../support/fake-cluster.js';
import { SilentLogger } from '../../support/silent-logger.js';
import { settle, VirtualClock, watch } from '../../support/virtual-clock.js';

const timing = { heartbeatIntervalMs: 100, heartbeatMisses: 3, settleMs: 2_000, unreadyPatienceMs: 1_500 };
/** How long it takes at the most until a replica that hangs has missed three heartbeats of 250 ms. */
const hangMs = 100 + 3 * 250;

describe('leader finder', () => {
  let clock: VirtualClock;
  let cluster: FakeCluster;
  let down: number[];
  let finder: LeaderFinder;
  beforeEach(() => {
    clock = new VirtualClock();
    cluster = new FakeCluster(clock);
    down = [];
    finder = build();
  });
  afterEach(() => finder.stop());

  function build(): LeaderFinder {
    return new LeaderFinder({
      replicas: cluster.replicas,
      clock,
      timing,
      logger: new SilentLogger(),
      onDown: (id) => down.push(id),
    });
  }

  async function start(): Promise<void> {
    finder.start();
    await settle();
  }

  describe('at the start', () => {
    it('has the highest id elected at once when all replicas are there', async () => {
      await start();
      expect(finder.leader).to.deep.equal({ term: 1, leaderId: 3 });
      expect(cluster.proposals).to.deep.equal([3]);
    });

    it('gives a missing replica some time before it has the next one elected', async () => {
      cluster.replica(3).mode = 'unreachable';
      await start();
      await clock.advance(2_000);
      expect([finder.leader, cluster.proposals]).to.deep.equal([undefined, []]);
      await clock.advance(101);
      expect(finder.leader).to.deep.equal({ term: 1, leaderId: 2 });
    });

    it('waits for a replica that starts later', async () => {
      cluster.replica(3).mode = 'unreachable';
      await start();
      await clock.advance(1_500);
      cluster.replica(3).mode = 'up';
      await clock.advance(100);
      expect(finder.leader).to.deep.equal({ term: 1, leaderId: 3 });
    });

    it('elects another one when the leader that the others name does not know of its office', async () => {
      // All were started again, and replica 3, which the ledger has last seen in office, does not reach it.
      cluster.term = 1;
      cluster.leaderId = 3;
      cluster.replica(1).term = 1;
      cluster.replica(2).term = 1;
      cluster.replica(3).ready = false;
      await start();
      await clock.advance(2_200);
      expect(finder.leader?.leaderId).to.equal(2);
    });

    it('waits for replicas that do not reach the ledger yet', async () => {
      cluster.replicas.forEach((replica) => (replica.ready = false));
      await start();
      await clock.advance(1_000);
      expect(cluster.proposals).to.deep.equal([]);
      cluster.replicas.forEach((replica) => (replica.ready = true));
      await clock.advance(100);
      expect(finder.leader).to.deep.equal({ term: 1, leaderId: 3 });
      expect(cluster.proposals).to.deep.equal([3]);
    });

    it('follows whoever leads already, and elects nobody', async () => {
      cluster.elect(1);
      await start();
      await clock.advance(5_000);
      expect(finder.leader).to.deep.equal({ term: 1, leaderId: 1 });
      expect(cluster.proposals).to.deep.equal([]);
    });

    it('follows the highest term when several claim to lead', async () => {
      cluster.elect(3);
      cluster.elect(1);
      await start();
      await clock.advance(5_000);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 1 });
      expect(cluster.proposals).to.deep.equal([]);
    });
  });

  describe('when the leader', () => {
    beforeEach(start);

    it('is killed has the next one elected after one heartbeat, and takes back what is under way', async () => {
      cluster.replica(3).kill();
      await clock.advance(100);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 2 });
      expect(down).to.deep.equal([3]);
      cluster.replica(2).kill();
      await clock.advance(100);
      expect(finder.leader).to.deep.equal({ term: 3, leaderId: 1 });
      expect(finder.reachableIds).to.deep.equal([1]);
    });

    it('hangs waits for three heartbeats before it has another one elected', async () => {
      cluster.replica(3).mode = 'hanging';
      await clock.advance(hangMs - 200);
      expect([finder.leader?.leaderId, down]).to.deep.equal([3, []]);
      await clock.advance(200);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 2 });
      expect(down).to.deep.equal([3]);
    });

    it('was deposed though it is up, and its successor dies: the third one is proposed first', async () => {
      cluster.elect(2);
      cluster.replica(3).role = 'follower';
      await clock.advance(200);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 2 });
      cluster.replica(2).kill();
      await clock.advance(200);
      expect(finder.leader).to.deep.equal({ term: 3, leaderId: 1 });
      expect(cluster.proposals.slice(-1)).to.deep.equal([1]);
    });

    it('was deposed long ago is proposed by its id again', async () => {
      cluster.elect(2);
      cluster.replica(3).role = 'follower';
      await clock.advance(11_000);
      cluster.replica(2).kill();
      await clock.advance(200);
      expect(finder.leader).to.deep.equal({ term: 3, leaderId: 3 });
    });

    it('answers every third heartbeat only is left in peace', async () => {
      const leader = cluster.replica(3);
      const heartbeat = leader.heartbeat.bind(leader);
      let turn = 0;
      leader.heartbeat = () =>
        (turn += 1) % 3 === 0 ? heartbeat() : Promise.reject(new Error('no answer in time'));
      await clock.advance(5_000);
      expect(finder.leader).to.deep.equal({ term: 1, leaderId: 3 });
      expect(down).to.deep.equal([]);
    });

    it('is suspected and hangs needs one heartbeat to be found out', async () => {
      cluster.replica(3).mode = 'hanging';
      finder.suspect(3);
      await clock.advance(249);
      expect(finder.leader?.leaderId).to.equal(3);
      await clock.advance(1);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 2 });
    });

    it('is suspected and killed is found out at once', async () => {
      cluster.replica(3).kill();
      finder.suspect(3);
      await settle();
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 2 });
    });

    it('is suspected and answers goes on', async () => {
      finder.suspect(3);
      await clock.advance(1_000);
      expect([finder.leader?.leaderId, down]).to.deep.equal([3, []]);
    });

    it('comes back with the highest id does not interrupt the one who leads now', async () => {
      cluster.replica(3).kill();
      await clock.advance(100);
      cluster.replica(3).mode = 'up';
      await clock.advance(30_000);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 2 });
      expect(cluster.proposals).to.deep.equal([3, 2]);
      expect(finder.reachableIds).to.deep.equal([2, 3, 1]);
    });

    it('wakes up and still thinks that it leads is not followed: its term is over', async () => {
      cluster.replica(3).mode = 'hanging';
      await clock.advance(hangMs);
      cluster.replica(3).mode = 'up';
      await clock.advance(1_000);
      expect(cluster.replica(3).role).to.equal('leader');
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 2 });
    });

    it('is cut off from the catalog is replaced once, by one who reaches it', async () => {
      cluster.replica(3).ready = false;
      await clock.advance(1_500);
      expect(finder.leader?.leaderId).to.equal(3);
      await clock.advance(200);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 2 });
      await clock.advance(30_000);
      expect(cluster.proposals).to.deep.equal([3, 2]);
    });

    it('is cut off for a moment only stays', async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        cluster.replica(3).ready = false;
        await clock.advance(1_400);
        cluster.replica(3).ready = true;
        await clock.advance(200);
      }
      expect(cluster.proposals).to.deep.equal([3]);
    });

    it('gets the catalog back a little later than the others stays, however long it was away', async () => {
      cluster.replicas.forEach((replica) => (replica.ready = false));
      await clock.advance(10_000);
      cluster.replica(1).ready = true;
      await clock.advance(600);
      cluster.replica(3).ready = true;
      await clock.advance(5_000);
      expect(cluster.proposals).to.deep.equal([3]);
    });

    it('loses the catalog like everybody else stays: nobody could do better', async () => {
      cluster.replicas.forEach((replica) => (replica.ready = false));
      await clock.advance(30_000);
      expect(finder.leader).to.deep.equal({ term: 1, leaderId: 3 });
      expect(cluster.proposals).to.deep.equal([3]);
    });

    it('is gone and the next in line does not reach the catalog, the one after that is elected', async () => {
      cluster.replica(2).ready = false;
      await clock.advance(100);
      cluster.replica(3).kill();
      await clock.advance(100);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 1 });
      expect(cluster.proposals).to.deep.equal([3, 1]);
    });

    it('is gone and the next in line dies as well, the one after that is elected', async () => {
      cluster.replica(3).kill();
      cluster.replica(2).kill();
      finder.suspect(3);
      await clock.advance(100);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 1 });
    });

    it('was replaced without this frontend follows the new one', async () => {
      cluster.elect(1);
      await clock.advance(100);
      expect(finder.leader).to.deep.equal({ term: 2, leaderId: 1 });
      expect(cluster.proposals).to.deep.equal([3]);
    });

    it('was replaced by one that this frontend cannot reach finds a way, in a later term', async () => {
      cluster.replica(3).kill();
      cluster.replica(2).mode = 'unreachable';
      cluster.elect(2);
      await clock.advance(300);
      expect(finder.leader).to.deep.equal({ term: 3, leaderId: 1 });
    });
  });

  it('elects a leader as soon as there is one again, after all were gone', async () => {
    await start();
    cluster.replicas.forEach((replica) => replica.kill());
    await clock.advance(1_000);
    expect([finder.leader, finder.reachableIds]).to.deep.equal([undefined, []]);
    cluster.replica(1).mode = 'up';
    await clock.advance(400);
    expect(finder.leader).to.deep.equal({ term: 2, leaderId: 1 });
  });

  it('rests after an election that nobody won, and tries again', async () => {
    await start();
    cluster.replicas.forEach((replica) => (replica.ready = false));
    cluster.replica(3).kill();
    await clock.advance(2_000);
    const rounds = cluster.proposals.slice(1);
    expect(rounds.slice(0, 4)).to.deep.equal([2, 1, 2, 1]);
    expect(rounds.length).to.be.within(8, 18);
    cluster.replica(1).ready = true;
    await clock.advance(400);
    expect(finder.leader).to.deep.equal({ term: 2, leaderId: 1 });
  });

  it('shows what each replica says, and nothing of those that are down', async () => {
    await start();
    cluster.replica(1).kill();
    await clock.advance(100);
    expect(finder.replicas.map(({ id, state }) => [id, state?.role])).to.deep.equal([
      [1, undefined],
      [2, 'follower'],
      [3, 'leader'],
    ]);
  });

  it('two of them, one of which does not reach the leader, agree in the end', async () => {
    await start();
    const other = new LeaderFinder({
      replicas: cluster.replicas.slice(0, 2),
      clock,
      timing,
      logger: new SilentLogger(),
      onDown: () => undefined,
    });
    other.start();
    await clock.advance(3_000);
    expect(other.leader).to.deep.equal(finder.leader);
    const { proposals } = cluster;
    await clock.advance(30_000);
    expect(cluster.proposals).to.deep.equal(proposals);
    other.stop();
  });

  it('tells those who wait for a leader as soon as there is one, or when their time is over', async () => {
    cluster.replicas.forEach((replica) => (replica.mode = 'unreachable'));
    await start();
    const impatient = watch(finder.waitForLeader(500));
    const patient = watch(finder.waitForLeader(10_000));
    await clock.advance(499);
    expect(impatient.settled).to.equal(false);
    await clock.advance(1);
    expect([impatient.settled, impatient.value, patient.settled]).to.deep.equal([true, undefined, false]);
    cluster.elect(2);
    cluster.replica(2).mode = 'up';
    await clock.advance(100);
    expect(patient.value).to.deep.equal({ term: 1, leaderId: 2 });
  });

  it('elects nobody after it was stopped', async () => {
    await start();
    finder.stop();
    cluster.replica(3).kill();
    await clock.advance(10_000);
    expect(cluster.proposals).to.deep.equal([3]);
  });
});
