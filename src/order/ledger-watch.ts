import type { Clock } from '../shared/clock.js';
import { coalesce } from '../shared/coalesce.js';
import type { LedgerPort, LedgerState } from './ledger-port.js';

/** What the ledger was like when last asked. */
type LedgerHealth = 'answers' | 'silent' | 'full';

/** Knows whether the ledger answers, and asks it for its state on behalf of many at once. */
export class LedgerWatch {
  /**
   * The ledger's state at some moment after the call.
   * @throws the ledger does not answer
   */
  readonly state: () => Promise<LedgerState>;
  #health: LedgerHealth = 'silent';

  /**
   * @param patienceMs an answer that takes longer counts as none, until it comes
   * @param onState called with every state that the ledger tells
   */
  constructor(ledger: LedgerPort, clock: Clock, patienceMs: number, onState: (state: LedgerState) => void) {
    this.state = coalesce(async () => {
      const callOff = clock.after(patienceMs, () => {
        this.#health = 'silent';
      });
      try {
        const state = await ledger.readJournal(0, 0);
        this.#health = state.diskFull ? 'full' : 'answers';
        onState(state);
        return state;
      } catch (error) {
        this.#health = 'silent';
        throw error;
      } finally {
        callOff();
      }
    });
  }

  /** Whether it answers (`full`: and would execute nothing, for its disk is full). */
  get health(): LedgerHealth {
    return this.#health;
  }
}
