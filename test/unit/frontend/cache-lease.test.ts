import { expect } from 'chai';
import { CacheLease } from '../../../src/frontend/cache-lease.js';
import { FakeLeasePort } from '../../support/fake-lease-port.js';
import { SilentLogger } from '../../support/silent-logger.js';
import { settle, VirtualClock } from '../../support/virtual-clock.js';

describe('cache lease', () => {
  let clock: VirtualClock;
  let port: FakeLeasePort;
  let ends: number;
  let logger: SilentLogger;
  let lease: CacheLease;
  beforeEach(() => {
    clock = new VirtualClock();
    port = new FakeLeasePort(300);
    ends = 0;
    logger = new SilentLogger();
    lease = new CacheLease({
      port,
      clock,
      instanceId: 'me',
      renewIntervalMs: 100,
      onSessionEnd: () => (ends += 1),
      logger,
    });
  });
  afterEach(() => lease.stop());

  it('is live once the catalog has granted it, and stays so by renewal', async () => {
    expect([lease.live, lease.sessionId]).to.deep.equal([false, '']);
    lease.start();
    await clock.advance(2_000);
    expect([lease.live, lease.sessionId]).to.deep.equal([true, 'me.1']);
    expect(port.renewals.filter(({ begin }) => begin)).to.have.lengthOf(1);
    expect(port.renewals).to.have.lengthOf(21);
    expect(ends).to.equal(0);
  });

  it('lasts 2 % less than granted, counted from the sending of the request', async () => {
    port.code = undefined;
    lease.start();
    await clock.advance(50);
    port.last.answer(200);
    await settle();
    expect(lease.live).to.equal(true);
    await clock.advance(293 - 50);
    expect(lease.live).to.equal(true);
    await clock.advance(1);
    expect(lease.live).to.equal(false);
  });

  it('is not live when the grant arrives after its time', async () => {
    port.code = undefined;
    lease.start();
    await clock.advance(294);
    port.last.answer(200);
    await settle();
    expect(lease.live).to.equal(false);
  });

  it('runs out while the catalog does not answer, and no late grant revives the session', async () => {
    lease.start();
    await clock.advance(50);
    port.code = undefined;
    await clock.advance(60);
    port.last.fail();
    await clock.advance(250);
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([false, 'me.1', 0]);
    port.last.answer(200);
    await settle();
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([false, '', 1]);
    port.code = 200;
    await clock.advance(100);
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([true, 'me.2', 1]);
  });

  // The catalog has forgotten the session, and begun it once more when the first request came a second time.
  it('is a new session after it has run out, even if the catalog would renew the old one', async () => {
    lease.start();
    await clock.advance(50);
    port.code = 503;
    await clock.advance(245);
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([false, 'me.1', 0]);
    port.code = 200;
    await clock.advance(100);
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([true, 'me.2', 1]);
    expect(port.renewals.filter(({ begin }) => begin).map(({ sessionId }) => sessionId)).to.deep.equal([
      'me.1',
      'me.2',
    ]);
  });

  it('is not prolonged by another process of the catalog: that one cannot know what is cached', async () => {
    lease.start();
    await clock.advance(50);
    port.catalogId = 'second';
    await clock.advance(50);
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([false, '', 1]);
    await clock.advance(500);
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([true, 'me.2', 1]);
  });

  it('ends when the catalog says so: the cache goes, and a new session begins', async () => {
    lease.start();
    await clock.advance(50);
    port.code = 410;
    await clock.advance(100);
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([false, '', 1]);
    port.code = 200;
    await clock.advance(100);
    expect([lease.live, lease.sessionId]).to.deep.equal([true, 'me.2']);
    expect(port.last).to.include({ sessionId: 'me.2', begin: true });
  });

  it('is not prolonged, and not ended, while the catalog withholds it', async () => {
    lease.start();
    await clock.advance(50);
    port.code = 409;
    await clock.advance(240);
    expect(lease.live).to.equal(true);
    await clock.advance(5);
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([false, 'me.1', 0]);
  });

  it('never uses the id of a session that may have begun unheard', async () => {
    port.code = undefined;
    lease.start();
    await settle();
    port.last.fail();
    await clock.advance(100);
    expect(port.renewals.map(({ sessionId }) => sessionId)).to.deep.equal(['me.1', 'me.2']);
    expect([lease.owns('me.1'), lease.owns('me.99'), lease.owns('me'), lease.owns('other.1')]).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });

  it('warns once when the catalog does not know this frontend', async () => {
    port.code = 403;
    lease.start();
    await clock.advance(1_000);
    expect(lease.live).to.equal(false);
    expect(logger.lines).to.have.lengthOf(1);
    expect(logger.lines[0]).to.match(/FRONTEND_ADDRESS here must be among FRONTEND_ADDRESSES there/);
  });

  it('is given back when the frontend stops, and no late grant revives it', async () => {
    lease.start();
    await clock.advance(50);
    port.code = undefined;
    await clock.advance(50);
    const late = port.last;
    await lease.stop();
    expect(port.released).to.deep.equal(['me.1']);
    late.answer(200);
    await clock.advance(500);
    expect([lease.live, lease.sessionId, ends]).to.deep.equal([false, '', 1]);
    expect(port.last).to.equal(late);
  });
});
