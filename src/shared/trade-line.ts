// A trade as a line of CSV, the same in the journal and in every order log.
import { isTradeType, orderIdPattern, stockNamePattern, maxShares } from './domain.js';
import type { Checksum, Trade } from './domain.js';
import { chainChecksum, sealLine } from './sealed-csv.js';

export const tradeHeader = 'TransactionNumber,Name,Type,VolumeTraded,OrderId,Term,Checksum';

/** The columns of a trade, without the checksum. */
export function tradeFields(trade: Omit<Trade, 'checksum'>): string {
  return `${trade.number},${trade.name},${trade.type},${trade.quantity},${trade.orderId},${trade.term}`;
}

/** Adds the checksum to a trade, given that of the trade before it. */
export function chainTrade(trade: Omit<Trade, 'checksum'>, previous: Checksum): Trade {
  return { ...trade, checksum: chainChecksum(tradeFields(trade), previous) };
}

/** `chainTrade` for trades that follow one another, and their lines. */
export function sealTrades(
  trades: readonly Omit<Trade, 'checksum'>[],
  previous: Checksum,
): { readonly sealed: readonly Trade[]; readonly lines: Buffer } {
  const sealed: Trade[] = [];
  let checksum = previous;
  let text = '';
  for (const trade of trades) {
    const fields = tradeFields(trade);
    checksum = chainChecksum(fields, checksum);
    text += sealLine(fields, checksum);
    sealed.push({ ...trade, checksum });
  }
  return { sealed, lines: Buffer.from(text, 'latin1') };
}

/** Trades as the lines of a log. */
export function tradeLines(trades: readonly Trade[]): Buffer {
  return Buffer.from(trades.map((trade) => sealLine(tradeFields(trade), trade.checksum)).join(''));
}

/** The columns of each line, for those who only look: nothing is checked. */
export function lineFields(lines: Buffer): string[][] {
  return lines
    .toString('latin1')
    .split('\n')
    .map((line) => line.split(','));
}

/** The order id of each line, likewise. */
export function orderIds(lines: Buffer): string[] {
  return lineFields(lines).map((fields) => fields[4] ?? '');
}

/** Reads `text` as a whole number from 0 to `max`; undefined if it is anything else. */
export function parseCount(text: string | undefined, max: number): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

/** The trade that the columns describe; undefined if they describe none. */
export function parseTrade(fields: readonly string[]): Omit<Trade, 'checksum'> | undefined {
  const [numberText, name, type, quantityText, orderId, termText] = fields;
  const number = parseCount(numberText, maxShares);
  const quantity = parseCount(quantityText, maxShares);
  const term = parseCount(termText, 0xffff_ffff);
  const valid =
    fields.length === 6 &&
    name !== undefined &&
    stockNamePattern.test(name) &&
    type !== undefined &&
    isTradeType(type) &&
    orderId !== undefined &&
    orderIdPattern.test(orderId);
  if (!valid || !number || quantity === undefined || term === undefined) {
    return undefined;
  }
  return { number, name, type: type === 'buy' ? 'buy' : 'sell', quantity, orderId, term };
}
