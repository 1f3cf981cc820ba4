// Finds the leader of the order replicas, and has a new one elected when there is none (rules E1 and E2 of
// docs/protocol.md). It follows the highest term that any replica claims to lead in. What it believes may be wrong
// without harm: the ledger refuses whoever does not hold the current term.
import { code } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { coalesce } from '../shared/coalesce.js';
import type { Leadership, ReplicaId, Term, TransactionNumber } from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import type { Logger } from '../shared/logger.js';
import { repeatEvery } from '../shared/repeat-every.js';

/** What a replica says of itself. */
export interface ReplicaState extends Leadership {
  readonly role: string;
  readonly lastNumber: TransactionNumber;
  readonly checksum: number;
  /** Whether it could lead: it reaches the catalog, which executes trades, and its own disk takes writes. */
  readonly ready: boolean;
  /** Why not; empty if it could. */
  readonly unreadyReason: string;
  readonly inSyncIds: readonly ReplicaId[];
  readonly uptimeMs: number;
}

export interface Notice extends Leadership {
  readonly code: number;
}

/** The replica cannot be reached at all: nothing listens there, or its name does not resolve. */
export class UnreachableError extends Error {}

export interface ReplicaPort {
  readonly id: ReplicaId;
  /** @throws UnreachableError at once, or any other error when no answer came in time */
  heartbeat(): Promise<ReplicaState>;
  /** Tells the replica who leads; the named one takes office before it answers. */
  notify(leaderId: ReplicaId, term: Term): Promise<Notice>;
}

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

/**
 * A replica that lost its office while it was up is proposed last for this long, ms: some frontend does not reach it.
 * Two frontends that do not reach each other's leader would otherwise depose them in turn, without end.
 */
const deposedMs = 10_000;

/** How long to wait after an election that nobody won, ms. */
const electionPauseMs = 250;

interface Watched {
  readonly port: ReplicaPort;
  /** Asks for its state; many at once ask once. */
  readonly check: () => Promise<void>;
  state: ReplicaState | undefined;
  misses: number;
  up: boolean;
  /** Until then it counts as one that lost its office though it was up. */
  deposedUntilMs: number;
  /** Called when it goes down while it is asked to lead. */
  onDown: () => void;
}

export class LeaderFinder {
  readonly #parts: FinderParts;
  readonly #watched: readonly Watched[];
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
    this.#watched = parts.replicas.map((port) => {
      const check = coalesce(() => this.#check(watched));
      const watched: Watched = {
        port,
        check,
        state: undefined,
        misses: 0,
        up: false,
        deposedUntilMs: -Infinity,
        onDown: () => undefined,
      };
      return watched;
    });
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
    return this.#watched.map(({ port, up, state }) => ({ id: port.id, state: up ? state : undefined }));
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
    const watched = this.#watched.find(({ port }) => port.id === id);
    if (watched?.up) {
      watched.misses = Math.max(watched.misses, this.#parts.timing.heartbeatMisses - 1);
      void watched.check();
    }
  }

  /** Another replica, or none, leads: learn at once what the replicas say. */
  async refresh(): Promise<void> {
    await Promise.all(this.#watched.filter(({ up }) => up).map((watched) => watched.check()));
  }

  /** One heartbeat, and at once another if it is missed: a replica is up or down in the end. */
  async #check(watched: Watched): Promise<void> {
    do {
      await this.#beat(watched);
      this.#decide();
    } while (watched.up && watched.misses > 0 && !this.#stop.signal.aborted);
  }

  async #beat(watched: Watched): Promise<void> {
    try {
      this.#answered(watched, await watched.port.heartbeat());
    } catch (error) {
      watched.misses = error instanceof UnreachableError ? Infinity : watched.misses + 1;
      if (watched.misses >= this.#parts.timing.heartbeatMisses) {
        this.#markDown(watched);
      }
    }
  }

  #answered(watched: Watched, state: ReplicaState): void {
    if (!watched.up) {
      const replica = watched.port.id;
      this.#parts.logger.info({ replica }, `order replica ${replica} is up`);
    }
    if (watched.state && watched.state.ready !== state.ready) {
      const text = state.ready ? 'could lead again' : `could not lead: ${state.unreadyReason}`;
      const replica = watched.port.id;
      this.#parts.logger[state.ready ? 'info' : 'warn'](
        { replica, term: state.term },
        `order replica ${replica} ${text}`,
      );
    }
    if (watched.up && watched.state?.role === 'leader' && state.role !== 'leader') {
      watched.deposedUntilMs = this.#parts.clock.now() + deposedMs;
    }
    watched.state = state;
    watched.misses = 0;
    if (!watched.up) {
      watched.up = true;
      this.#sortReachable();
    }
    this.#highestTerm = Math.max(this.#highestTerm, state.term);
  }

  #markDown(watched: Watched): void {
    if (watched.up) {
      watched.up = false;
      this.#sortReachable();
      const replica = watched.port.id;
      this.#parts.logger.warn({ replica, term: watched.state?.term }, `order replica ${replica} is down`);
      failpoint('frontend.replica.down');
      watched.onDown();
      this.#parts.onDown(watched.port.id);
    }
  }

  /** Whenever one of them comes, goes or leads; not for each question about an order. */
  #sortReachable(): void {
    const ids = this.#watched.filter((watched) => watched.up).map((watched) => watched.port.id);
    const leaderId = this.#leader?.leaderId;
    this.#reachableIds = ids.sort((a, b) => Number(b === leaderId) - Number(a === leaderId) || b - a);
  }

  /** Follows the leader of the highest term; calls an election if there is none that can trade. */
  #decide(): void {
    const leaders = this.#watched.filter(({ up, state }) => up && state?.role === 'leader');
    const best = leaders.sort((a, b) => (b.state?.term ?? 0) - (a.state?.term ?? 0))[0];
    this.#follow(best?.state && { term: best.state.term, leaderId: best.port.id });
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
  #namedLeader(): Watched | undefined {
    const claims = this.#watched.flatMap(({ up, state }) => (up && state ? [state] : []));
    const term = Math.max(this.#askedTerm, ...claims.map((claim) => claim.term));
    const claim = term > this.#askedTerm ? claims.find((state) => state.term === term) : undefined;
    this.#askedTerm = term;
    return this.#watched.find(({ port, up }) => up && port.id === claim?.leaderId);
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
  #isCutOff(leader: Watched): boolean {
    const { clock, timing } = this.#parts;
    const isWorse = !leader.state?.ready && this.#watched.some(({ up, state }) => up && state?.ready);
    // Not from the moment that it was unready: when the catalog comes back, some notice it a little later.
    this.#cutOffSinceMs = isWorse ? (this.#cutOffSinceMs ?? clock.now()) : undefined;
    return this.#cutOffSinceMs !== undefined && clock.now() - this.#cutOffSinceMs > timing.unreadyPatienceMs;
  }

  /** The live replicas: those that can trade first, then those that were not deposed, then the highest id. */
  #candidates(): Watched[] {
    const nowMs = this.#parts.clock.now();
    const isReady = ({ state }: Watched): number => Number(state?.ready);
    const isDeposed = ({ deposedUntilMs }: Watched): number => Number(deposedUntilMs > nowMs);
    return this.#watched
      .filter(({ up }) => up)
      .sort((a, b) => isReady(b) - isReady(a) || isDeposed(a) - isDeposed(b) || b.port.id - a.port.id);
  }

  /** Proposes the live replicas one after the other. */
  async #election(): Promise<void> {
    this.#electing = true;
    try {
      const candidates = this.#candidates();
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
  async #propose(candidate: Watched): Promise<boolean> {
    const leaderId = candidate.port.id;
    const term = this.#highestTerm;
    failpoint('frontend.election.proposing');
    for (const { port } of this.#watched.filter((other) => other.up && other !== candidate)) {
      // For their information; nobody waits for what they say to it.
      port.notify(leaderId, term).catch(() => undefined);
    }
    const notice = await Promise.race([
      candidate.port.notify(leaderId, term).catch(() => undefined),
      new Promise<undefined>((resolve) => {
        candidate.onDown = () => resolve(undefined);
      }),
    ]);
    if (!notice) {
      return false;
    }
    this.#highestTerm = Math.max(this.#highestTerm, notice.term);
    if (notice.code !== code.ok) {
      return notice.code === code.conflict;
    }
    if (candidate.state) {
      candidate.state = { ...candidate.state, role: 'leader', term: notice.term };
    }
    failpoint('frontend.election.won');
    this.#follow({ term: notice.term, leaderId });
    return true;
  }
}
