// The invariants of docs/protocol.md, held against what clients saw and what is on the disks at the end.
import { Ledger } from '../../src/catalog/ledger.js';
import { code, message } from '../../src/shared/answer-codes.js';
import type { Trade } from '../../src/shared/domain.js';
import type { Cluster } from './cluster.js';
import type { History, LookedUp, Posted } from './history.js';
import { readJournal, readOrderLog } from './opened-files.js';
import { initialStocks } from './settings.js';

const notDone = new Set<string>([message.noLeader, message.catalogDown, message.diskFull, message.queueFull]);
const stateRefusals = new Set<string>([message.notEnough, message.tooMany]);

export class Checker {
  readonly #history: History;
  readonly #trades: readonly Trade[];
  readonly #byKey: ReadonlyMap<string, Trade>;

  /** Reading the journal checks I2 and I4: numbers without gap or repetition, no key twice, no quantity below 0. */
  constructor(history: History, cluster: Cluster) {
    this.#history = history;
    const ledger = new Ledger(initialStocks);
    readJournal(cluster.catalog.file, ledger);
    this.#trades = ledger.tradesAfter(0, Infinity);
    this.#byKey = new Map(this.#trades.map((trade) => [trade.orderId, trade]));
    this.#logs(cluster);
  }

  check(): void {
    this.#history.posts.forEach((posted) => this.#posted(posted));
    this.#oneAnswer();
    this.#nothingDone();
    this.#realTimeOrder();
    this.#lookups();
    this.#queries();
  }

  /** I1 and I7, after healing: every log is the journal. */
  #logs(cluster: Cluster): void {
    for (const replica of cluster.replicas) {
      const { trades } = readOrderLog(replica.file);
      const end = trades.at(-1);
      if (trades.length !== this.#trades.length || end?.checksum !== this.#trades.at(-1)?.checksum) {
        this.#violation(
          `I1: ${replica.name} holds ${trades.length} trades, the journal ${this.#trades.length}`,
        );
      }
    }
  }

  /** I1, I5: what a client was told is so. */
  #posted({ key, code: answer, message: text, number, ...body }: Posted): void {
    const trade = this.#byKey.get(key);
    if (answer === code.ok) {
      const same =
        trade?.number === number &&
        trade.name === body.name &&
        trade.type === body.type &&
        trade.quantity === body.quantity;
      if (!same) {
        this.#violation(`I1: ${key} was acknowledged as ${number}, the ledger has ${JSON.stringify(trade)}`);
      }
    } else if (answer === code.notFound && trade) {
      this.#violation(`I5: ${key} was told "${text}", and is trade ${trade.number}`);
    }
  }

  /** I3: whoever asks for a key gets the same answer. */
  #oneAnswer(): void {
    const answers = new Map<string, string>();
    for (const { key, code: answer, message: text, number } of this.#history.posts) {
      const definite = answer === code.ok || (answer === code.notFound && stateRefusals.has(text));
      const told = `${answer} ${number} ${text}`;
      const before = answers.get(key);
      if (definite && before !== undefined && before !== told) {
        this.#violation(`I3: ${key} was told "${before}" and "${told}"`);
      }
      if (definite) {
        answers.set(key, told);
      }
    }
  }

  /** I5: a single attempt that was told that nothing was done left nothing behind. */
  #nothingDone(): void {
    const attempts = new Map<string, number>();
    this.#history.posts.forEach(({ key }) => attempts.set(key, (attempts.get(key) ?? 0) + 1));
    for (const { key, message: text, doublesPossible } of this.#history.posts) {
      const isOnly = attempts.get(key) === 1 && !doublesPossible;
      if (isOnly && notDone.has(text) && this.#byKey.has(key)) {
        this.#violation(`I5: ${key} was told "${text}", and is a trade`);
      }
    }
  }

  /** I6: acknowledged before another was sent, so the smaller number. */
  #realTimeOrder(): void {
    const sentMs = new Map<string, number>();
    const answeredMs = new Map<string, number>();
    for (const posted of this.#history.posts) {
      sentMs.set(posted.key, Math.min(posted.sentMs, sentMs.get(posted.key) ?? Infinity));
      if (posted.code === code.ok) {
        answeredMs.set(posted.key, Math.min(posted.answeredMs, answeredMs.get(posted.key) ?? Infinity));
      }
    }
    let laterAnswered = { key: '', atMs: Infinity };
    for (const { orderId: key, number } of this.#trades.toReversed()) {
      if (laterAnswered.atMs < (sentMs.get(key) ?? Infinity)) {
        this.#violation(`I6: ${key} is ${number}, sent after ${laterAnswered.key} was answered`);
      }
      const atMs = answeredMs.get(key) ?? Infinity;
      laterAnswered = atMs < laterAnswered.atMs ? { key, atMs } : laterAnswered;
    }
  }

  /** I10: nothing older than what was acknowledged, or seen, before the lookup began; and each state is a true one. */
  #lookups(): void {
    const quantities = this.#quantities();
    const known: { atMs: number; name: string; version: number; how: string }[] = [
      ...this.#history.lookups.map(({ answeredMs: atMs, name, version }) => ({
        atMs,
        name,
        version,
        how: 'seen',
      })),
      ...this.#history.posts
        .filter((posted) => posted.code === code.ok)
        .map(({ answeredMs: atMs, name, number: version }) => ({ atMs, name, version, how: 'acknowledged' })),
    ].sort((a, b) => a.atMs - b.atMs);
    const newest = new Map<string, (typeof known)[number]>();
    let next = 0;
    for (const lookup of this.#history.lookups.toSorted((a, b) => a.sentMs - b.sentMs)) {
      for (; next < known.length && (known[next]?.atMs ?? 0) < lookup.sentMs; next += 1) {
        const fact = known[next] as (typeof known)[number];
        if (fact.version > (newest.get(fact.name)?.version ?? -1)) {
          newest.set(fact.name, fact);
        }
      }
      this.#lookup(lookup, newest.get(lookup.name), quantities);
    }
  }

  #lookup(
    lookup: LookedUp,
    fact: { atMs: number; version: number; how: string } | undefined,
    quantities: ReadonlyMap<string, number>,
  ): void {
    const { name, version, quantity, frontend, sentMs, use } = lookup;
    if (fact && version < fact.version) {
      this.#violation(
        `I10: ${frontend} showed ${name} at ${version} (${use}) when asked at ${sentMs.toFixed(3)}, ` +
          `though ${fact.version} was ${fact.how} at ${fact.atMs.toFixed(3)}`,
      );
    }
    if (quantities.get(`${name} ${version}`) !== quantity) {
      this.#violation(`I10: ${name} at ${version} was shown with ${quantity}`);
    }
  }

  /** The quantity of each stock after each trade that touched it. */
  #quantities(): Map<string, number> {
    const quantities = new Map(initialStocks.map(({ name, quantity }) => [`${name} 0`, quantity]));
    const now = new Map(initialStocks.map(({ name, quantity }) => [name, quantity]));
    for (const { name, type, quantity, number } of this.#trades) {
      const after = (now.get(name) ?? 0) + (type === 'buy' ? -quantity : quantity);
      now.set(name, after);
      quantities.set(`${name} ${number}`, after);
    }
    return quantities;
  }

  /** I11 */
  #queries(): void {
    const acknowledged = this.#history.posts.filter((posted) => posted.code === code.ok);
    for (const { number, sentMs, code: answer, order } of this.#history.queries) {
      const trade = this.#trades[number - 1];
      if (answer === code.notFound) {
        const known = acknowledged.find((posted) => posted.number >= number && posted.answeredMs < sentMs);
        if (known) {
          this.#violation(
            `I11: order ${number} was not found, though ${known.number} was acknowledged before`,
          );
        }
      } else if (
        order &&
        (order.name !== trade?.name || order.type !== trade.type || order.quantity !== trade.quantity)
      ) {
        this.#violation(`I11: order ${number} was shown as ${JSON.stringify(order)}`);
      }
    }
  }

  #violation(text: string): void {
    this.#history.violation(text);
  }
}
