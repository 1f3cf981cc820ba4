// Trades as wire messages and back.
import type { OrderDetails } from '#services';
import type { Trade } from './domain.js';

export function toOrderDetails(trade: Trade): OrderDetails {
  const { number: transactionNum, name, type, quantity: volumeTraded, orderId, term, checksum } = trade;
  return { transactionNum, name, type, volumeTraded, orderId, term, checksum };
}

/** The bytes of a message, without copying them. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Trusts the ledger's own services to send trades only; whoever stores them verifies their checksums. */
export function fromOrderDetails(details: OrderDetails): Trade {
  const { transactionNum: number, name, volumeTraded: quantity, orderId, term, checksum } = details;
  return { number, name, type: details.type as Trade['type'], quantity, orderId, term, checksum };
}
