// The scenarios that docs/protocol.md names, each played with several seeds. At the end of each one everything heals,
// and all invariants are checked.
import { expect } from 'chai';
import { code, message } from '../../src/shared/answer-codes.js';
import { failpointNames, type FailpointName } from '../../src/shared/failpoint.js';
import type { Client, OrderBody } from './client.js';
import type { FrontendMachine } from './frontend-machine.js';
import type { Machine } from './machine.js';
import type { OrderMachine } from './order-machine.js';
import { play, Stage } from './stage.js';

const seeds = [1, 2, 3, 4, 5];

/** Lets the clients trade for a second, tells the story meanwhile, heals, and checks all invariants. */
async function tell(story: (stage: Stage, seed: number) => Promise<void>): Promise<void> {
  for (const seed of seeds) {
    const stage = new Stage(seed, false);
    const failures = await play(stage, async () => {
      stage.start();
      stage.trade(20);
      await stage.pass(1_000);
      await story(stage, seed);
      await stage.finish();
    });
    expect([...stage.world.history.violations, ...failures], `seed ${seed}`).to.deep.equal([]);
  }
}

/** Strikes the process when it comes by the failpoint, and waits for that. */
async function strikeAt(
  stage: Stage,
  machine: Machine,
  name: FailpointName,
  strike: () => void,
): Promise<void> {
  const { ambush } = stage.world;
  ambush.lay(machine.name, name, strike);
  await stage.pass(3_000, () => ambush.struck.has(name));
  expect(ambush.struck.has(name), `${machine.name} comes by ${name}`).to.equal(true);
}

function leaderOf(stage: Stage): OrderMachine {
  const { leader } = stage.cluster;
  expect(leader, 'a leader').not.to.equal(undefined);
  return leader as OrderMachine;
}

const termOf = (stage: Stage): number => stage.cluster.catalog.catalog.state.term;
const replica = (stage: Stage, id: 1 | 2 | 3): OrderMachine => stage.cluster.replicas[id - 1] as OrderMachine;
const firstClient = (stage: Stage): Client => stage.clients[0] as Client;
const firstFrontend = (stage: Stage): FrontendMachine => stage.cluster.frontends[0] as FrontendMachine;

/** Cuts two machines off from each other, unnoticed, until the story heals. */
function cut(stage: Stage, one: Machine, other: Machine): void {
  stage.world.network.cut(one.name, other.name, Infinity, false);
  stage.world.network.cut(other.name, one.name, Infinity, false);
}

/** How many orders are acknowledged so far. */
const acknowledged = (stage: Stage): number =>
  stage.world.history.posts.filter((posted) => posted.code === code.ok).length;

/** Waits until so many more orders are acknowledged. */
async function flow(stage: Stage, orders: number, withinMs: number): Promise<void> {
  const goal = acknowledged(stage) + orders;
  await stage.pass(withinMs, () => acknowledged(stage) >= goal);
  expect(acknowledged(stage), `orders flow within ${withinMs} ms`).to.be.at.least(goal);
}

/** The story's own orders are none of the clients' business. */
const order = (key: string, name: string, type: string, quantity: number): OrderBody => ({
  key,
  name,
  type,
  quantity,
});

describe('the leader is killed', () => {
  const moments: readonly (readonly [string, FailpointName])[] = [
    ['before the trade', 'order.batch.sending'],
    ['after the catalog applied it and before any replica has it', 'order.batch.decided'],
    ['after its own append', 'order.batch.durable'],
    ['after a follower has it', 'order.replicate.acknowledged'],
    ['after replication, before the reply', 'order.batch.replicated'],
    ['after the reply', 'order.batch.answered'],
  ];
  for (const [moment, name] of moments) {
    it(moment, () =>
      tell(async (stage) => {
        const leader = leaderOf(stage);
        await strikeAt(stage, leader, name, () => leader.kill());
        await flow(stage, 5, 1_500);
        expect(leaderOf(stage)).not.to.equal(leader);
      }),
    );
  }
});

describe('the catalog is struck', () => {
  const steps = failpointNames.filter((name) => /^(catalog|file\.append\.(writing|durable))/.test(name));
  for (const name of steps) {
    it(`at ${name}: killed, without power, asleep`, () =>
      tell(async (stage, seed) => {
        const { catalog } = stage.cluster;
        if (name.startsWith('catalog.term')) {
          leaderOf(stage).kill();
        }
        if (name === 'catalog.session.begun') {
          firstFrontend(stage).kill();
          firstFrontend(stage).start();
        }
        const strikes = [() => catalog.kill(), () => catalog.losePower(), () => catalog.pause()];
        await strikeAt(stage, catalog, name, strikes[seed % strikes.length] as () => void);
        await stage.pass(500);
        catalog.resume();
        catalog.start();
        await flow(stage, 5, 4_000);
      }));
  }
});

describe('one or two frontends', () => {
  it('only one is cut from the leader: no endless election', () =>
    tell(async (stage) => {
      cut(stage, firstFrontend(stage), leaderOf(stage));
      await flow(stage, 20, 5_000);
      const term = termOf(stage);
      await stage.pass(20_000);
      expect(termOf(stage) - term).to.be.at.most(1);
    }));

  it('each is cut from the other one’s leader: they agree on a third', () =>
    tell(async (stage) => {
      const [one, two] = stage.cluster.frontends as [FrontendMachine, FrontendMachine];
      cut(stage, one, replica(stage, 3));
      cut(stage, two, replica(stage, 2));
      await stage.pass(5_000);
      const term = termOf(stage);
      await stage.pass(20_000);
      expect(termOf(stage) - term, 'terms in 20 s').to.be.at.most(2);
      await flow(stage, 20, 2_000);
    }));

  it('is killed, is asleep, and is cut from the catalog but not from its clients', () =>
    tell(async (stage, seed) => {
      const frontend = firstFrontend(stage);
      const troubles = [
        () => frontend.kill(),
        () => frontend.pause(),
        () => cut(stage, frontend, stage.cluster.catalog),
      ];
      (troubles[seed % troubles.length] as () => void)();
      // Whoever asks a frontend that sleeps has to wait until he gives it up.
      await flow(stage, 3, 20_000);
      await stage.pass(1_000);
      frontend.start();
    }));
});

describe('the leader', () => {
  it('is cut from the catalog only: replaced once, no churn', () =>
    tell(async (stage) => {
      const leader = leaderOf(stage);
      const term = termOf(stage);
      cut(stage, leader, stage.cluster.catalog);
      await stage.pass(10_000);
      expect(leaderOf(stage)).not.to.equal(leader);
      expect(termOf(stage) - term).to.be.within(1, 2);
      await flow(stage, 20, 2_000);
    }));

  it('is asleep while another is elected, and wakes up: nobody believes it any more', () =>
    tell(async (stage) => {
      const leader = leaderOf(stage);
      leader.pause();
      await flow(stage, 20, 5_000);
      leader.resume();
      await stage.pass(1_000);
      expect(leader.replica.role).to.equal('follower');
      expect(leaderOf(stage)).not.to.equal(leader);
    }));

  it('has a full disk: another one leads until there is room', () =>
    tell(async (stage) => {
      const leader = leaderOf(stage);
      leader.file.fill();
      await flow(stage, 20, 6_000);
      expect(leaderOf(stage)).not.to.equal(leader);
    }));
});

describe('a follower', () => {
  it('is asleep: trades go on after one bounded wait', () =>
    tell(async (stage) => {
      replica(stage, 1).pause();
      await flow(stage, 5, 1_000);
      await flow(stage, 50, 3_000);
    }));

  it('is killed in the middle of a line, and comes back after a long time', () =>
    tell(async (stage) => {
      const follower = replica(stage, 1);
      // The write is in the file by then, and not yet on the disk.
      await strikeAt(stage, follower, 'file.append.writing', () =>
        stage.world.timeline.after(0.2, () => follower.losePower()),
      );
      await flow(stage, 100, 10_000);
      stage.clients.forEach((client) => client.stop());
      await stage.pass(10 * 60_000);
      follower.start();
      await stage.pass(2_000);
      expect(follower.log.end.number).to.equal(stage.cluster.catalog.catalog.state.lastNumber);
    })).timeout(60_000);

  it('lost its volume: filled again while trades go on', () =>
    tell(async (stage) => {
      const follower = replica(stage, 2);
      follower.kill();
      follower.file.erase();
      follower.start();
      await flow(stage, 20, 5_000);
      expect(leaderOf(stage).replica.status.inSyncIds).to.include(2);
    }));

  it('has a full disk: the others go on', () =>
    tell(async (stage) => {
      replica(stage, 1).file.fill();
      await flow(stage, 50, 5_000);
    }));

  it('was away and has the highest id: elected when all others die, it lacks nothing', () =>
    tell(async (stage) => {
      replica(stage, 3).kill();
      await flow(stage, 30, 5_000);
      replica(stage, 1).kill();
      replica(stage, 2).kill();
      replica(stage, 3).start();
      await flow(stage, 10, 5_000);
      expect(leaderOf(stage)).to.equal(replica(stage, 3));
    }));
});

describe('everything', () => {
  it('is killed at once', () =>
    tell(async (stage) => {
      stage.cluster.machines.forEach((machine) => machine.kill());
      await stage.pass(200);
      stage.start();
      await flow(stage, 10, 5_000);
    }));

  it('loses power at once', () =>
    tell(async (stage) => {
      stage.cluster.machines.forEach((machine) => machine.losePower());
      await stage.pass(200);
      stage.start();
      await flow(stage, 10, 5_000);
    }));
});

describe('the catalog’s disk', () => {
  it('is full: orders are refused for now, lookups and queries go on, and so does everything when there is room', () =>
    tell(async (stage) => {
      const { catalog } = stage.cluster;
      catalog.file.fill();
      await stage.pass(500);
      const { posts, lookups } = stage.world.history;
      const before = { posts: posts.length, lookups: lookups.length };
      await during<unknown>(stage, [
        firstClient(stage).lookUp(firstFrontend(stage), 'Plenty'),
        firstClient(stage).post(firstFrontend(stage), order('story.6', 'Plenty', 'sell', 1)),
      ]);
      expect(lookups.length, 'lookups').to.be.above(before.lookups);
      const refused = posts.slice(before.posts).filter((posted) => posted.key === 'story.6');
      expect(refused.map((posted) => posted.code)).to.deep.equal([code.unavailable]);
      catalog.file.recover();
      await flow(stage, 20, 2_000);
    }));
});

describe('a key', () => {
  it('is sent 100 times at once, at both frontends: one trade', () =>
    tell(async (stage) => {
      const { frontends } = stage.cluster;
      const body = order('story.1', 'Plenty', 'buy', 3);
      const answers = await during(
        stage,
        Array.from({ length: 100 }, (_, index) =>
          firstClient(stage).post(frontends[index % 2] as FrontendMachine, body),
        ),
      );
      expect(new Set(answers.map(({ number }) => number)).size).to.equal(1);
      expect(answers.map((answer) => answer.code)).to.deep.equal(answers.map(() => code.ok));
    }));

  it('is sent with another body: refused, and the first one stands', () =>
    tell(async (stage) => {
      const client = firstClient(stage);
      const post = (body: OrderBody) => during(stage, [client.post(firstFrontend(stage), body)]);
      const [first] = await post(order('story.2', 'Plenty', 'buy', 3));
      const [second] = await post(order('story.2', 'Plenty', 'buy', 4));
      const [third] = await post(order('story.2', 'Plenty', 'buy', 3));
      expect([first?.code, second?.code, third?.code]).to.deep.equal([code.ok, code.keyReused, code.ok]);
      expect(third?.number).to.equal(first?.number);
    }));

  it('was refused, and is sent again after somebody restocked: refused for good', () =>
    tell(async (stage) => {
      const client = firstClient(stage);
      const post = (body: OrderBody) => during(stage, [client.post(firstFrontend(stage), body)]);
      const tooMany = order('story.3', 'Few', 'buy', 500);
      const [refused] = await post(tooMany);
      await post(order('story.4', 'Few', 'sell', 1_000));
      const [again] = await post(tooMany);
      const [anew] = await post({ ...tooMany, key: 'story.5' });
      expect([refused?.message, again?.message]).to.deep.equal([message.notEnough, message.notEnough]);
      expect(anew?.code).to.equal(code.ok);
    }));
});

/** Lets time pass until all have settled. */
async function during<T>(stage: Stage, promises: readonly Promise<T>[]): Promise<readonly T[]> {
  let settled = false;
  const all = Promise.all(promises);
  void all.then(() => (settled = true));
  await stage.pass(10_000, () => settled);
  return all;
}
