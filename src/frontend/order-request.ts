// What comes in with POST /orders, checked for its shape. Whether the order makes sense is for the ledger to say.
import type { IncomingMessage } from 'node:http';
import { code } from '../shared/answer-codes.js';
import { maxShares, orderIdPattern } from '../shared/domain.js';
import type { Order } from '../shared/domain.js';
import { ApiError } from './api-error.js';
import { orderRequest } from './openapi/schemas.js';

const badRequest = (text: string): ApiError => new ApiError(code.badRequest, text);

/**
 * The order in a parsed JSON body. Unknown fields are ignored.
 * @throws ApiError 400
 */
export function parseOrder(body: unknown): Omit<Order, 'orderId'> {
  const checked = orderRequest.safeParse(body);
  if (!checked.success) {
    throw badRequest(checked.error.issues[0]?.message ?? 'the body is not an order');
  }
  return checked.data;
}

/**
 * The client's key; undefined if it sent none. What it sent for its safety is taken or refused, and never passed over.
 * @throws ApiError 400
 */
export function parseIdempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) {
    return undefined;
  }
  if (typeof header !== 'string' || !orderIdPattern.test(header)) {
    throw badRequest(
      'Idempotency-Key must be 1 to 64 letters, digits or . _ : - (starting with a letter or digit), without quotes',
    );
  }
  return header;
}

/**
 * To be called when the body has been read: header fields may also come after it (RFC 9110, 6.5).
 * @throws ApiError 400
 */
export function refuseLateKey({ rawTrailers }: Pick<IncomingMessage, 'rawTrailers'>): void {
  if (rawTrailers.some((field) => field.toLowerCase() === 'idempotency-key')) {
    throw badRequest('Idempotency-Key must come before the body');
  }
}

/** The transaction number in a path; undefined if it cannot be one. */
export function parseTransactionNumber(parameter: string): number | undefined {
  return /^\d{1,10}$/.test(parameter) && Number(parameter) <= maxShares ? Number(parameter) : undefined;
}

/**
 * The `limit` of a list.
 * @throws ApiError 400
 */
export function parseLimit(parameter: unknown, standard: number, max: number): number {
  if (parameter === undefined) {
    return standard;
  }
  const limit = typeof parameter === 'string' && /^\d{1,6}$/.test(parameter) ? Number(parameter) : 0;
  if (limit < 1 || limit > max) {
    throw badRequest(`limit must be a whole number from 1 to ${max}`);
  }
  return limit;
}

/**
 * The `before` of a list of orders: only older ones are shown. Undefined: from the newest on.
 * @throws ApiError 400
 */
export function parseBefore(parameter: unknown): number | undefined {
  if (parameter === undefined) {
    return undefined;
  }
  const number = typeof parameter === 'string' ? (parseTransactionNumber(parameter) ?? 0) : 0;
  if (number < 1) {
    throw badRequest(`before must be a transaction number, 1 to ${maxShares}`);
  }
  return number;
}
