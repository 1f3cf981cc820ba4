// The codes and messages that clients see, the same over REST and gRPC. The texts are part of the contract.

export const code = {
  ok: 200,
  noContent: 204,
  badRequest: 400,
  /** The API key is missing or wrong. */
  unauthorized: 401,
  forbidden: 403,
  /** Refused for good. */
  notFound: 404,
  methodNotAllowed: 405,
  /** Another replica leads, or another term is current. */
  conflict: 409,
  /** The cache session has ended. */
  gone: 410,
  /** The sender and the receiver disagree on the last number. */
  gap: 412,
  /** This replica does not lead. */
  notLeader: 421,
  /** The idempotency key was used with another body. */
  keyReused: 422,
  /** This caller, or all together, ask more often than they may. */
  tooManyRequests: 429,
  /** Not done; safe to try again with the same key. */
  unavailable: 503,
} as const;

export const message = {
  invalidType: 'invalid transaction type',
  invalidName: 'invalid stock name',
  negativeQuantity: 'num stocks traded should be non negative',
  notEnough: 'not enough stocks left to buy',
  tooMany: 'too many stocks to sell',
  stockNotFound: 'stock not found',
  orderNotFound: 'Transaction number not found',
  keyReused: 'Idempotency-Key was already used with another body',
  queueFull: 'too many orders are waiting, try again',
  questionsFull: 'too many questions are waiting, try again',
  connectionFull: 'too many requests of this connection are unanswered, try again',
  catalogDown: 'the catalog does not answer, try again',
  diskFull: 'the disk is full, try again later with the same Idempotency-Key',
  noLeader: 'no order replica can lead now, nothing was traded, try again',
  outcomeUnknown: 'outcome unknown, retry with the same Idempotency-Key',
} as const;
