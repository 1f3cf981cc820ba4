// Finds the leader of the order replicas, and has a new one elected when there is none (rules E1 and E2 of
// docs/protocol.md). It follows the highest term that any replica claims to lead in. What it believes may be wrong
// without harm: the ledger refuses whoever does not hold the current term.
import { code } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { coalesce } from '../shared/coalesce.js';
import type { Leadership, ReplicaId, Term } from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import type { Logger } from '../shared/logger.js';
import { repeatEvery } from '../shared/repeat-every.js';
import type { ReplicaPort, ReplicaState } from './replica-port.js';
import { WatchedReplica, type WatchParts } from './watched-replica.js';

interface FinderTiming {
  readonly heartbeatIntervalMs: number;
  /** Heartbeats in a row that may stay without an answer before a replica counts as down. */
  readonly heartbeatMisses: number;
  /** How long after the start to wait for all replicas to be ready before somebody is elected, ms. */
  readonly settleMs: number;
  /** How long a leader may be without the catalog while another replica reaches it, before that one is elected, ms. */
  readonly unreadyPatienceMs: number;
}

export interface FinderParts {
  readonly replicas: readonly ReplicaPort[];
  readonly clock: Clock;
  readonly timing: FinderTiming;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** A replica is down: what is under way there should be taken back. */
  readonly onDown: (id: ReplicaId) => void;
}

/** How long to wait after an election that nobody won, ms. */
const electionPauseMs = 250;

/** Those that can trade first, then those that were not deposed, then the highest id. */
function byFitness(a: WatchedReplica, b: WatchedReplica): number {
  const readiness = Number(b.state?.ready) - Number(a.state?.ready);
  return readiness || Number(a.isDeposed) - Number(b.isDeposed) || b.id - a.id;
}

export class LeaderFinder {
  readonly #parts: FinderParts;
  readonly #watched: readonly WatchedReplica[];
  readonly #stop = new AbortController();
  readonly #waiters = new Set<() => void>();
  readonly #startedMs: number;
  readonly #elect = coalesce(() => this.#election());
  #leader: Leadership | undefined;
  #highestTerm: Term = 0;
  #leaderChanges = 0;
  #electing = false;
  #settled = false;
  #nextElectionMs = 0;
  #askedTerm: Term = 0;
  /** A named leader is being asked whether it leads: nobody is elected meanwhile. */
  #asking = false;
  /** Since when another replica has reached the catalog, and the leader has not. */
  #cutOffSinceMs: number | undefined;
  #reachableIds: readonly ReplicaId[] = [];

  constructor(parts: FinderParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.now();
    const watchParts: WatchParts = {
      clock: parts.clock,
      logger: parts.logger,
      heartbeatMisses: parts.timing.heartbeatMisses,
      signal: this.#stop.signal,
      onUpOrDown: (replica) => this.#upOrDown(replica),
      onBeat: ({ state }) => {
        this.#highestTerm = Math.max(this.#highestTerm, state?.term ?? 0);
        this.#decide();
      },
    };
    this.#watched = parts.replicas.map((port) => new WatchedReplica(port, watchParts));
  }

  /** Starts to watch the replicas. */
  start(): void {
    const { clock, timing } = this.#parts;
    for (const watched of this.#watched) {
      void repeatEvery(timing.heartbeatIntervalMs, watched.check, clock, this.#stop.signal);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** The leader, as far as is known. */
  get leader(): Leadership | undefined {
    return this.#leader;
  }

  get highestTerm(): Term {
    return this.#highestTerm;
  }

  /** How often another leader, or one in a later term, was found. */
  get leaderChanges(): number {
    return this.#leaderChanges;
  }

  /** All replicas, as they last answered; undefined for one that is down. */
  get replicas(): readonly { id: ReplicaId; state: ReplicaState | undefined }[] {
    return this.#watched.map(({ id, up, state }) => ({ id, state: up ? state : undefined }));
  }

  /** The replicas that are up, the leader first, then the highest id. */
  get reachableIds(): readonly ReplicaId[] {
    return this.#reachableIds;
  }

  /** The leader; waits for one for at most `ms`. */
  async waitForLeader(ms: number): Promise<Leadership | undefined> {
    const { clock } = this.#parts;
    const endMs = clock.now() + ms;
    while (!this.#leader && clock.now() < endMs && !this.#stop.signal.aborted) {
      await this.waitForChange(endMs - clock.now());
    }
    return this.#leader;
  }

  /** Resolves when the leader has changed or been lost, or after `ms`. */
  waitForChange(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        callOff();
        this.#waiters.delete(done);
        resolve();
      };
      const callOff = this.#parts.clock.after(ms, done);
      this.#waiters.add(done);
    });
  }

  /** A connection to the replica broke: one heartbeat decides whether it is down. */
  suspect(id: ReplicaId): void {
    this.#watched.find((watched) => watched.id === id)?.suspect();
  }

  /** Another replica, or none, leads: learn at once what the replicas say. */
  async refresh(): Promise<void> {
    await Promise.all(this.#watched.filter(({ up }) => up).map((watched) => watched.check()));
  }

  #upOrDown(replica: WatchedReplica): void {
    this.#sortReachable();
    if (!replica.up) {
      this.#parts.onDown(replica.id);
    }
  }

  /** Whenever one of them comes, goes or leads; not for each question about an order. */
  #sortReachable(): void {
    const ids = this.#watched.filter((watched) => watched.up).map((watched) => watched.id);
    const leaderId = this.#leader?.leaderId;
    this.#reachableIds = ids.sort((a, b) => Number(b === leaderId) - Number(a === leaderId) || b - a);
  }

  /** Follows the leader of the highest term; calls an election if there is none that can trade. */
  #decide(): void {
    const leaders = this.#watched.filter(({ up, state }) => up && state?.role === 'leader');
    const best = leaders.sort((a, b) => (b.state?.term ?? 0) - (a.state?.term ?? 0))[0];
    this.#follow(best?.state && { term: best.state.term, leaderId: best.id });
    const named = best ? undefined : this.#namedLeader();
    if (named) {
      this.#asking = true;
      void named.check().then(() => {
        this.#asking = false;
        this.#decide();
      });
    } else if ((!best || this.#isCutOff(best)) && this.#mayElect()) {
      void this.#elect();
    }
  }

  /** A replica that another one calls the leader of a later term; it is asked once per term whether it is. */
  #namedLeader(): WatchedReplica | undefined {
    const claims = this.#watched.flatMap(({ up, state }) => (up && state ? [state] : []));
    const term = Math.max(this.#askedTerm, ...claims.map((claim) => claim.term));
    const claim = term > this.#askedTerm ? claims.find((state) => state.term === term) : undefined;
    this.#askedTerm = term;
    return this.#watched.find(({ id, up }) => up && id === claim?.leaderId);
  }

  #follow(leader: Leadership | undefined): void {
    if (leader?.term === this.#leader?.term && leader?.leaderId === this.#leader?.leaderId) {
      return;
    }
    this.#leader = leader;
    this.#sortReachable();
    this.#cutOffSinceMs = undefined;
    if (leader) {
      this.#highestTerm = Math.max(this.#highestTerm, leader.term);
      this.#leaderChanges += 1;
      const { term, leaderId: replica } = leader;
      this.#parts.logger.info({ replica, term }, `order replica ${replica} leads in term ${term}`);
    }
    [...this.#waiters].forEach((wake) => wake());
  }

  /** Nobody is elected before all had a chance to start: the highest id should lead. */
  #mayElect(): boolean {
    this.#settled ||=
      this.#leader !== undefined ||
      this.#watched.every(({ up, state }) => up && state?.ready) ||
      this.#parts.clock.now() - this.#startedMs > this.#parts.timing.settleMs;
    const rested = this.#parts.clock.now() >= this.#nextElectionMs;
    return this.#settled && rested && !this.#asking && !this.#electing && !this.#stop.signal.aborted;
  }

  /** The leader has been without its catalog for a while, and another replica has it. */
  #isCutOff(leader: WatchedReplica): boolean {
    const { clock, timing } = this.#parts;
    const isWorse = !leader.state?.ready && this.#watched.some(({ up, state }) => up && state?.ready);
    // Not from the moment that it was unready: when the catalog comes back, some notice it a little later.
    this.#cutOffSinceMs = isWorse ? (this.#cutOffSinceMs ?? clock.now()) : undefined;
    return this.#cutOffSinceMs !== undefined && clock.now() - this.#cutOffSinceMs > timing.unreadyPatienceMs;
  }

  /** Proposes the live replicas one after the other. */
  async #election(): Promise<void> {
    this.#electing = true;
    try {
      const candidates = this.#watched.filter(({ up }) => up).sort(byFitness);
      for (const candidate of candidates) {
        if (candidate.up && (await this.#propose(candidate))) {
          return;
        }
      }
      if (candidates.length > 0) {
        // None of them can lead now, as when the catalog is away: do not press them.
        this.#nextElectionMs = this.#parts.clock.now() + electionPauseMs;
      }
    } finally {
      this.#electing = false;
    }
  }

  /** True if the election is over: the proposed replica leads, or another one does in a later term. */
  async #propose(candidate: WatchedReplica): Promise<boolean> {
    const leaderId = candidate.id;
    const term = this.#highestTerm;
    failpoint('frontend.election.proposing');
    for (const { port } of this.#watched.filter((other) => other.up && other !== candidate)) {
      // For their information; nobody waits for what they say to it.
      port.notify(leaderId, term).catch(() => undefined);
    }
    const notice = await Promise.race([
      candidate.port.notify(leaderId, term).catch(() => undefined),
      candidate.untilDown(),
    ]);
    if (!notice) {
      return false;
    }
    this.#highestTerm = Math.max(this.#highestTerm, notice.term);
    if (notice.code !== code.ok) {
      return notice.code === code.conflict;
    }
    candidate.leads(notice.term);
    failpoint('frontend.election.won');
    this.#follow({ term: notice.term, leaderId });
    return true;
  }
}
