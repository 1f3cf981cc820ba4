import { expect } from 'chai';
import { CacheSessions } from '../../../src/catalog/cache-sessions.js';

describe('cache sessions', () => {
  let sessions: CacheSessions;
  beforeEach(() => {
    sessions = new CacheSessions(100);
  });

  const liveIds = (nowMs: number) => sessions.live(nowMs).map(({ id }) => id);

  it('live 2 % longer than they were told, counted from the last renewal', () => {
    expect(sessions.longestLeaseMs).to.equal(102);
    sessions.begin('a', 'frontend:1', 0);
    expect([liveIds(101), liveIds(101.9)]).to.deep.equal([['a'], ['a']]);
    expect(sessions.renew('a', 101)).to.equal('granted');
    expect([liveIds(202), liveIds(203)]).to.deep.equal([['a'], []]);
  });

  it('do not come back once their lease has ended', () => {
    sessions.begin('a', 'frontend:1', 0);
    expect(sessions.renew('a', 102)).to.equal('ended');
    expect(sessions.renew('stranger', 0)).to.equal('ended');
  });

  it('know what they were handed until it is taken back', () => {
    sessions.begin('a', 'frontend:1', 0);
    expect(sessions.hand('a', 'GameStart', 10)).to.equal(true);
    expect(sessions.take('a', 'BoarCo', 20)).to.equal(false);
    expect(sessions.take('a', 'GameStart', 20)).to.equal(true);
    expect(sessions.take('a', 'GameStart', 20)).to.equal(false);
  });

  it('forget nothing when the request that began them comes a second time', () => {
    sessions.begin('a', 'frontend:1', 0);
    sessions.hand('a', 'GameStart', 10);
    sessions.begin('a', 'frontend:1', 20);
    expect(sessions.take('a', 'GameStart', 30)).to.equal(true);
  });

  it('are handed nothing after their end', () => {
    sessions.begin('a', 'frontend:1', 0);
    expect(sessions.hand('a', 'GameStart', 102)).to.equal(false);
    expect(sessions.hand('stranger', 'GameStart', 0)).to.equal(false);
  });

  it('are not renewed while the oldest of their invalidations has been unanswered for more than 40 ms', () => {
    sessions.begin('a', 'frontend:1', 0);
    sessions.hand('a', 'GameStart', 0);
    sessions.hand('a', 'BoarCo', 0);
    sessions.take('a', 'GameStart', 10);
    sessions.take('a', 'BoarCo', 40);
    expect(sessions.renew('a', 50)).to.equal('granted');
    expect(sessions.renew('a', 50.1)).to.equal('withheld');
    sessions.answered('a');
    expect(sessions.renew('a', 51)).to.equal('granted');
  });

  it('that were withheld a renewal end with the lease that they had', () => {
    sessions.begin('a', 'frontend:1', 0);
    sessions.hand('a', 'GameStart', 0);
    sessions.take('a', 'GameStart', 0);
    expect(sessions.renew('a', 41)).to.equal('withheld');
    expect(liveIds(102)).to.deep.equal([]);
  });

  it('of one address live beside each other, since another process may hold the older one', () => {
    sessions.begin('a', 'frontend:1', 0);
    sessions.begin('b', 'frontend:1', 50);
    expect(liveIds(60)).to.deep.equal(['a', 'b']);
    sessions.release('a');
    expect(liveIds(60)).to.deep.equal(['b']);
    expect(sessions.renew('a', 60)).to.equal('ended');
  });

  it('are forgotten after their end, however many there were', () => {
    for (let index = 0; index < 1_000; index += 1) {
      sessions.begin(`s${index}`, 'frontend:1', index * 200);
    }
    expect(liveIds(999 * 200)).to.deep.equal(['s999']);
  });
});
