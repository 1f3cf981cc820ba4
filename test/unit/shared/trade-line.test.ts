import { expect } from 'chai';
import { parseString } from 'fast-csv';
import { maxShares } from '../../../src/shared/domain.js';
import type { Trade } from '../../../src/shared/domain.js';
import { sealLine } from '../../../src/shared/sealed-csv.js';
import {
  chainTrade,
  parseCount,
  parseTrade,
  sealTrades,
  tradeFields,
  tradeHeader,
  tradeLines,
} from '../../../src/shared/trade-line.js';

const plain = { number: 42, name: 'GameStart', type: 'buy', quantity: 3, orderId: 'key-1', term: 7 } as const;

const unusual: Omit<Trade, 'checksum'>[] = [
  plain,
  { ...plain, name: 'A & B Co.', type: 'sell', quantity: 0 },
  { ...plain, name: `x${' -._&'.repeat(12)}`, orderId: '0:._-:A' },
  { ...plain, number: maxShares, quantity: maxShares, term: 0xffff_ffff, orderId: 'z'.repeat(64) },
  { ...plain, name: 'a b ', orderId: '1e5' },
];

async function readWithFastCsv(text: string): Promise<Record<string, string>[]> {
  const rows: Record<string, string>[] = [];
  for await (const row of parseString(text, { headers: true, strictColumnHandling: true })) {
    rows.push(row as Record<string, string>);
  }
  return rows;
}

describe('trade line', () => {
  it('is read back as the trade that was written', () => {
    for (const trade of unusual) {
      expect(parseTrade(tradeFields(trade).split(','))).to.deep.equal(trade);
    }
  });

  it('has the same checksum and the same bytes whether it is sealed alone or with others', () => {
    const { sealed, lines } = sealTrades(unusual, 5);
    let previous = 5;
    for (const [index, trade] of unusual.entries()) {
      expect(sealed[index]).to.deep.equal(chainTrade(trade, previous));
      previous = chainTrade(trade, previous).checksum;
    }
    expect(lines.equals(tradeLines(sealed))).to.equal(true);
    expect(sealTrades([], 5)).to.deep.equal({ sealed: [], lines: Buffer.alloc(0) });
  });

  it('means the same to a general CSV reader', async () => {
    const lines = unusual.map((trade) => sealLine(tradeFields(trade), chainTrade(trade, 0).checksum));
    const rows = await readWithFastCsv(`${tradeHeader}\n${lines.join('')}`);
    expect(rows).to.deep.equal(
      unusual.map((trade) => ({
        TransactionNumber: String(trade.number),
        Name: trade.name,
        Type: trade.type,
        VolumeTraded: String(trade.quantity),
        OrderId: trade.orderId,
        Term: String(trade.term),
        Checksum: chainTrade(trade, 0).checksum.toString(16).padStart(8, '0'),
      })),
    );
  });

  it('has a checksum that depends on every column and on the line before', () => {
    const { checksum } = chainTrade(plain, 5);
    const others = [
      { ...plain, number: 43 },
      { ...plain, name: 'BoarCo' },
      { ...plain, type: 'sell' as const },
      { ...plain, quantity: 4 },
      { ...plain, orderId: 'key-2' },
      { ...plain, term: 8 },
    ].map((trade) => chainTrade(trade, 5).checksum);
    expect(new Set([checksum, chainTrade(plain, 6).checksum, ...others]).size).to.equal(8);
  });

  it('is refused when a column is not what it should be', () => {
    const fields = tradeFields(plain).split(',');
    const wrong: [number, string[]][] = [
      [0, ['', '0', '-1', '1.5', '0x2', ' 1', '2147483648', 'NaN']],
      [1, ['', '-x', 'a"b', 'Ärger', 'x'.repeat(65), "a'b"]],
      [2, ['', 'swap', 'Buy', 'refused-buy', 'toString']],
      [3, ['', '-1', '1.0', '2147483648', '1e3']],
      [4, ['', '-x', 'a b', 'x'.repeat(65)]],
      [5, ['', '-1', '4294967296']],
    ];
    for (const [column, texts] of wrong) {
      for (const text of texts) {
        expect(parseTrade(fields.with(column, text)), `column ${column}: "${text}"`).to.equal(undefined);
      }
    }
    expect(parseTrade(fields.slice(0, 5))).to.equal(undefined);
    expect(parseTrade([...fields, ''])).to.equal(undefined);
  });

  it('counts with whole numbers up to a limit', () => {
    expect(parseCount('10', 10)).to.equal(10);
    expect(parseCount('0', 10)).to.equal(0);
    for (const text of ['11', '', '-1', '1.5', '1e1', ' 1', '٣', undefined]) {
      expect(parseCount(text, 10), `"${text}"`).to.equal(undefined);
    }
  });
});
