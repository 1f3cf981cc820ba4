// Gets what the log of a replica misses from whoever has it, and judges what could not be added (rules F1, F3 and O7 of
// docs/protocol.md).
import { DiskFullError } from '../shared/append-file.js';
import type { ReplicaId } from '../shared/domain.js';
import type { Logger } from '../shared/logger.js';
import { catchUp, type TradeSource } from './catch-up.js';
import type { LedgerPort } from './ledger-port.js';
import { LogConflictError, type OrderLog } from './order-log.js';

/** Another replica, as a source of trades. */
export interface PeerSource extends TradeSource {
  readonly id: ReplicaId;
}

export interface KeeperParts {
  readonly log: OrderLog;
  readonly ledger: Pick<LedgerPort, 'readJournal'>;
  readonly peers: readonly PeerSource[];
  readonly logger: Pick<Logger, 'warn'>;
  /** Called when this log and another one hold different histories: the process must stop. */
  readonly fatal: (error: Error) => void;
}

export class LogKeeper {
  readonly #parts: KeeperParts;
  readonly #ledgerSource: TradeSource;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#ledgerSource = {
      tradesAfter: async (number, limit) => (await parts.ledger.readJournal(number, limit)).trades,
    };
  }

  /**
   * Copies from the ledger what the log misses.
   * @throws the ledger does not answer, or what it has cannot be added
   */
  catchUp(): Promise<void> {
    return catchUp(this.#parts.log, this.#ledgerSource);
  }

  /** Asks the leader for what the log misses, then the ledger, then the other replicas, until one has answered. */
  async keepUp(leaderId: ReplicaId): Promise<void> {
    for (const source of this.#sources(leaderId)) {
      try {
        await catchUp(this.#parts.log, source);
        return;
      } catch (error) {
        await this.notTaken(error);
      }
    }
  }

  /** A different history stops the process, a full disk is said; a source that did not answer passes. */
  failed(error: unknown): void {
    const { fatal, logger } = this.#parts;
    if (error instanceof LogConflictError) {
      fatal(error);
    } else if (error instanceof DiskFullError) {
      logger.warn('the disk is full: orders are not stored here until there is room');
    }
  }

  /**
   * Trades that do not fit this log may be a stranger's, or this log may be of another history: the ledger knows. Only its
   * word stops the process.
   */
  async notTaken(cause: unknown): Promise<void> {
    if (!(cause instanceof LogConflictError)) {
      this.failed(cause);
      return;
    }
    const { ledger, log, logger } = this.#parts;
    logger.warn('was sent trades that do not belong to the history of this log');
    try {
      const number = Math.min(log.durableEnd.number, (await ledger.readJournal(0, 0)).lastNumber);
      const page = await ledger.readJournal(Math.max(0, number - 1), 1);
      await log.append(page.trades);
    } catch (error) {
      this.failed(error);
    }
  }

  #sources(leaderId: ReplicaId): TradeSource[] {
    const { peers } = this.#parts;
    const leaders = peers.filter((peer) => peer.id === leaderId);
    const others = peers.filter((peer) => peer.id !== leaderId);
    return [...leaders, this.#ledgerSource, ...others];
  }
}
