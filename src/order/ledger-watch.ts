import { coalesce } from '../shared/coalesce.js';
import type { LedgerPort, LedgerState } from './ledger-port.js';

/** Knows whether the ledger answers, and asks it for its state on behalf of many at once. */
export class LedgerWatch {
  /**
   * The ledger's state at some moment after the call.
   * @throws the ledger does not answer
   */
  readonly state: () => Promise<LedgerState>;
  #answers = false;

  /** @param onState called with every state that the ledger tells */
  constructor(ledger: LedgerPort, onState: (state: LedgerState) => void) {
    this.state = coalesce(async () => {
      try {
        const state = await ledger.readJournal(0, 0);
        this.#answers = true;
        onState(state);
        return state;
      } catch (error) {
        this.#answers = false;
        throw error;
      }
    });
  }

  /** Whether it did when last asked. */
  get answers(): boolean {
    return this.#answers;
  }
}
