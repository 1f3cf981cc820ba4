/** A stock as the frontend shows it. */
export interface Stock {
  readonly name: string;
  /** Decimal number, exactly as in the catalog. */
  readonly price: string;
  readonly quantity: number;
  /** Number of the last trade that touched it. */
  readonly version: number;
}

/** A stock in a list of all. */
export interface ListedStock extends Stock {
  /** Shares that were traded so far, bought and sold alike. */
  readonly volume: number;
}
