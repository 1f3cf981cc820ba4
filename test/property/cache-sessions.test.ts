// The catalog's book of cache sessions alone, compared with one that keeps a diary and works everything out from it.
import { expect } from 'chai';
import * as fc from 'fast-check';
import { CacheSessions, type RenewalOutcome } from '../../src/catalog/cache-sessions.js';
import { propertyTimeoutMs, tries } from '../support/property-runs.js';

const leaseMs = 100;
/** What a lease lasts here, and how long an invalidation may stay unanswered (rules E7 and C9). */
const wholeLeaseMs = 102;
const patienceMs = 40;

interface Entry {
  readonly kind: 'begin' | 'granted' | 'handed' | 'taken' | 'answered' | 'released';
  readonly id: string;
  readonly stock: string;
  readonly atMs: number;
}

class Diary {
  readonly #entries: Entry[] = [];

  write(kind: Entry['kind'], id: string, atMs: number, stock = ''): void {
    this.#entries.push({ kind, id, stock, atMs });
  }

  /** What was written about a session since it began last; empty if it did not, or was released. */
  #since(id: string): Entry[] {
    const own = this.#entries.filter((entry) => entry.id === id);
    const start = own.findLastIndex(({ kind }) => kind === 'begin' || kind === 'released');
    return own[start]?.kind === 'begin' ? own.slice(start) : [];
  }

  isLive(id: string, nowMs: number): boolean {
    const last = this.#since(id).findLast(({ kind }) => kind === 'begin' || kind === 'granted');
    return last !== undefined && nowMs < last.atMs + wholeLeaseMs;
  }

  holds(id: string, stock: string): boolean {
    const of = this.#since(id).filter((entry) => entry.stock === stock);
    return of.at(-1)?.kind === 'handed';
  }

  renewal(id: string, nowMs: number): RenewalOutcome {
    const entries = this.#since(id);
    const lastAnswer = entries.findLastIndex(({ kind }) => kind === 'answered');
    const oldest = entries.slice(lastAnswer + 1).find(({ kind }) => kind === 'taken');
    const deaf = oldest !== undefined && nowMs - oldest.atMs > patienceMs;
    return !this.isLive(id, nowMs) ? 'ended' : deaf ? 'withheld' : 'granted';
  }
}

const ids = ['a', 'b'];
const actions = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'begin',
      'renew',
      'renew',
      'hand',
      'hand',
      'take',
      'take',
      'answered',
      'release',
      'live',
    ),
    id: fc.constantFrom(...ids),
    stock: fc.constantFrom('A', 'B'),
    passMs: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(0, 0, 1, 5) },
      { weight: 2, arbitrary: fc.constantFrom(20, 39, 40, 41) },
      fc.constantFrom(60, 101.5, 102, 103),
    ),
  }),
  { maxLength: 60, size: 'max' },
);

describe('property: cache sessions', function () {
  this.timeout(propertyTimeoutMs);

  it('knows who may serve what until when, as the diary does', () =>
    fc.assert(
      fc.property(actions, (todo) => {
        const sessions = new CacheSessions(leaseMs);
        const diary = new Diary();
        let nowMs = 0;
        for (const { kind, id, stock, passMs } of todo) {
          nowMs += passMs;
          if (kind === 'take' || kind === 'live') {
            // Whoever takes stocks back asks first who is live, as the catalog does.
            const live = sessions.live(nowMs);
            expect(live.map((session) => session.id)).to.have.members(
              ids.filter((each) => diary.isLive(each, nowMs)),
            );
          }
          const isLive = diary.isLive(id, nowMs);
          switch (kind) {
            case 'begin':
              sessions.begin(id, 'frontend:1', nowMs);
              if (!isLive) {
                diary.write('begin', id, nowMs);
              }
              break;
            case 'renew': {
              const outcome = diary.renewal(id, nowMs);
              expect(sessions.renew(id, nowMs)).to.equal(outcome);
              if (outcome === 'granted') {
                diary.write('granted', id, nowMs);
              }
              break;
            }
            case 'hand':
              expect(sessions.hand(id, stock, nowMs)).to.equal(isLive);
              if (isLive) {
                diary.write('handed', id, nowMs, stock);
              }
              break;
            case 'take': {
              const held = isLive && diary.holds(id, stock);
              expect(sessions.take(id, stock, nowMs)).to.equal(held);
              if (held) {
                diary.write('taken', id, nowMs, stock);
              }
              break;
            }
            case 'answered':
              sessions.answered(id);
              diary.write('answered', id, nowMs);
              break;
            case 'release':
              sessions.release(id);
              diary.write('released', id, nowMs);
              break;
            default:
          }
        }
      }),
      tries(8_000),
    ));
});
