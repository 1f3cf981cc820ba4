// What clients saw: the one form in which the simulation, the chaos run and the integration tests write it down.

/** One attempt to have an order executed. */
export interface Posted {
  /** Its Idempotency-Key. */
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  /** 0: the connection broke, the outcome is unknown. */
  readonly code: number;
  readonly message: string;
  /** The transaction number; 0 unless the code is 200. */
  readonly number: number;
  /** The network may have delivered it twice, the second one later than the answer. */
  readonly doublesPossible?: boolean;
}

/** One lookup that was answered with a stock. */
export interface LookedUp {
  readonly name: string;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly quantity: number;
  /** Number of the last trade that touched the stock, as the answer says. */
  readonly version: number;
  /** Who answered, and how, for messages: the frontend, and whether its cache did. */
  readonly by: string;
}

/** One question for an executed order that was answered. */
export interface Queried {
  readonly number: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly code: number;
  readonly order: { readonly name: string; readonly type: string; readonly quantity: number } | undefined;
}

export interface History {
  readonly posts: readonly Posted[];
  readonly lookups: readonly LookedUp[];
  readonly queries: readonly Queried[];
}
