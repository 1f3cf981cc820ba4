/** Whether this catalog is the only one that answers. */
export interface Activity {
  /** No other catalog can have executed a trade that this one does not know of. */
  readonly holds: boolean;
  /** Resolves when that is so, or is so again. */
  held(): Promise<void>;
}

/** That of a catalog whose ledger is in files: the lock of their directory keeps every other one out. */
export const onlyCatalog: Activity = { holds: true, held: () => Promise.resolve() };
