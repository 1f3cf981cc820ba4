import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Trade } from '../../../src/shared/domain.js';
import { chainTrade } from '../../../src/shared/trade-line.js';
import { TradeList } from '../../../src/shared/trade-list.js';

const ids = [
  () => randomUUID(),
  () => 'a',
  () => randomUUID().toUpperCase(),
  () => randomUUID().replace('-', '.'),
  () => 'x'.repeat(64),
  () => '01234567-89ab-cdef-0123-456789abcdef',
  () => '01234567-89ab-cdef-0123-456789abcdeg',
  () => '0123456789abcdef',
];

function someTrades(count: number): Trade[] {
  const trades: Trade[] = [];
  for (let number = 1; number <= count; number += 1) {
    const trade = {
      number,
      name: `Stock ${number % 7}`,
      type: number % 3 === 0 ? ('buy' as const) : ('sell' as const),
      quantity: number % 5 === 0 ? 2_147_483_647 : number % 4,
      orderId: (ids[number % ids.length] as () => string)(),
      term: number % 2 === 0 ? 4_294_967_295 : 1,
    };
    trades.push(chainTrade(trade, trades.at(-1)?.checksum ?? 0));
  }
  return trades;
}

describe('a trade list', () => {
  // More than one piece of memory, and more bytes of ids than a piece begins with.
  const trades = someTrades(20_000);
  const list = new TradeList(trades);

  it('gives back what it took', () => {
    expect(list.length).to.equal(20_000);
    expect(list.after(0, 20_000)).to.deep.equal(trades);
    expect(list.get(12_345)).to.deep.equal(trades[12_344]);
    expect(list.checksum(20_000)).to.equal(trades[19_999]?.checksum);
    expect(list.end).to.deep.equal({ number: 20_000, checksum: trades[19_999]?.checksum });
    expect(list.endAt(5)).to.deep.equal({ number: 5, checksum: trades[4]?.checksum });
  });

  it('has nothing before the first trade, after the last one and in between', () => {
    expect([0, -1, 20_001, 1.5, Number.NaN].map((number) => list.get(number))).to.deep.equal(
      Array(5).fill(undefined),
    );
    expect([0, 20_001].map((number) => list.checksum(number))).to.deep.equal([undefined, undefined]);
    expect(list.endAt(0)).to.deep.equal({ number: 0, checksum: 0 });
    expect(list.after(20_000, 10)).to.deep.equal([]);
    expect(list.after(30_000, 10)).to.deep.equal([]);
    expect(list.after(19_999, 10)).to.deep.equal(trades.slice(19_999));
  });

  it('goes on with other trades where the last ones are taken back', () => {
    for (const length of [19_999, 16_384, 8_193, 8_192, 8_191, 1, 0]) {
      const shorter = new TradeList(trades);
      shorter.truncate(length);
      expect(shorter.end).to.deep.equal(list.endAt(length));
      expect(shorter.get(length + 1)).to.equal(undefined);
      const others = trades
        .slice(length, length + 9_000)
        .map((trade) => ({ ...trade, orderId: randomUUID() }));
      others.forEach((trade) => shorter.push(trade));
      expect(shorter.after(0, 30_000)).to.deep.equal([...trades.slice(0, length), ...others]);
    }
  });

  it('takes less than 40 bytes for a trade with a UUID', () => {
    const before = process.memoryUsage().arrayBuffers;
    const large = new TradeList();
    for (let number = 1; number <= 100_000; number += 1) {
      const orderId = `01234567-89ab-4def-8123-${String(number).padStart(12, '0')}`;
      large.push({
        number,
        name: 'GameStart',
        type: 'sell',
        quantity: 1,
        orderId,
        term: 1,
        checksum: number,
      });
    }
    expect((process.memoryUsage().arrayBuffers - before) / 100_000).to.be.lessThan(40);
    expect(large.get(77_777)?.orderId).to.equal('01234567-89ab-4def-8123-000000077777');
  });
});
