// A trade as a line of CSV, the same in the journal and in every order log.
import { isTradeType, orderIdPattern, stockNamePattern, maxShares } from './domain.js';
import type { Checksum, Trade } from './domain.js';
import { chainChecksum } from './sealed-csv.js';

export const tradeHeader = 'TransactionNumber,Name,Type,VolumeTraded,OrderId,Term,Checksum';

/** The columns of a trade, without the checksum. */
export function tradeFields(trade: Omit<Trade, 'checksum'>): string {
  return `${trade.number},${trade.name},${trade.type},${trade.quantity},${trade.orderId},${trade.term}`;
}

const names = new Map<string, string>();
const maxNames = 200_000;

/** The one string for a name: millions of trades are of a few stocks. */
function sharedName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) {
    return known;
  }
  if (names.size < maxNames) {
    names.set(name, name);
  }
  return name;
}

/** A trade as it is kept: millions of them are held in memory, so all have the same shape and share what they can. */
export function sealTrade(trade: Omit<Trade, 'checksum'>, checksum: Checksum): Trade {
  const { number, name, type, quantity, orderId, term } = trade;
  return { number, name: sharedName(name), type, quantity, orderId, term, checksum };
}

/** Adds the checksum to a trade, given that of the trade before it. */
export function chainTrade(trade: Omit<Trade, 'checksum'>, previous: Checksum): Trade {
  return sealTrade(trade, chainChecksum(tradeFields(trade), previous));
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
