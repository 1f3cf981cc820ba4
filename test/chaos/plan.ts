// Which faults a run makes, and when: drawn from a seed, so that a run can be repeated as far as real machines allow.
import type { Dice } from '../simulation/dice.js';
import type { Weather } from '../support/link.js';
import type { Ability, LedgerRole } from './target.js';

/** Who is meant when the time has come; the two followers are told apart by chance. */
export type Role = 'leader' | 'follower' | 'other follower' | 'frontend' | LedgerRole;

export type Action =
  'kill' | 'crash' | 'pause' | 'unplug' | 'full disk' | 'cut' | 'slow' | 'disconnect' | 'fail over';

export interface PlannedFault {
  readonly action: Action;
  /** Whom it hits; for `cut` and `slow` pairs of caller and called. */
  readonly services: readonly Role[];
  readonly links: readonly (readonly [Role, Role])[];
  readonly durationMs: number;
  readonly weather: Weather;
  /** Whether `follower` is the one with the higher id. */
  readonly followerIsHigher: boolean;
}

/** Faults that begin together. */
export interface Strike {
  /** How long after the strike before it, ms. */
  readonly afterMs: number;
  readonly faults: readonly PlannedFault[];
}

/** How often a fault is in the deck, what it does, and to whom. */
type Card = readonly [count: number, action: Action, ...victims: (Role | readonly [Role, Role])[]];

const everything: readonly Role[] = ['catalog', 'leader', 'follower', 'other follower', 'frontend'];

const cards: readonly Card[] = [
  [4, 'kill', 'leader'],
  [2, 'kill', 'follower'],
  [2, 'kill', 'catalog'],
  [2, 'kill', 'frontend'],
  [2, 'kill', 'leader', 'follower'],
  [1, 'kill', 'follower', 'other follower'],
  [1, 'kill', ...everything],
  [2, 'crash', 'leader'],
  [1, 'crash', 'follower'],
  [2, 'crash', 'catalog'],
  [1, 'crash', 'frontend'],
  [4, 'pause', 'leader'],
  [2, 'pause', 'follower'],
  [2, 'pause', 'catalog'],
  [2, 'pause', 'frontend'],
  [1, 'unplug', 'leader'],
  [1, 'unplug', 'follower'],
  [1, 'unplug', 'catalog'],
  [2, 'full disk', 'catalog'],
  [2, 'full disk', 'leader'],
  [2, 'full disk', 'follower'],
  [2, 'cut', ['frontend', 'leader']],
  [2, 'cut', ['leader', 'catalog']],
  [2, 'cut', ['leader', 'follower']],
  [1, 'cut', ['leader', 'follower'], ['leader', 'other follower']],
  [1, 'cut', ['frontend', 'follower'], ['leader', 'follower']],
  [2, 'cut', ['frontend', 'catalog'], ['catalog', 'frontend']],
  [1, 'cut', ['frontend', 'catalog']],
  [2, 'cut', ['catalog', 'frontend']],
  [1, 'slow', ['frontend', 'leader']],
  [1, 'slow', ['leader', 'catalog']],
  [1, 'slow', ['leader', 'follower']],
  [1, 'slow', ['catalog', 'frontend']],
  [1, 'slow', ['frontend', 'catalog']],
];

/** Those that a database in which the ledger is adds; the catalog is the active one of two then. */
const databaseCards: readonly Card[] = [
  [3, 'kill', 'database'],
  [2, 'kill', 'other database'],
  [1, 'kill', 'database', 'other database'],
  [3, 'pause', 'database'],
  [1, 'pause', 'other database'],
  [4, 'disconnect', 'database'],
  [4, 'fail over', 'database'],
  [4, 'kill', 'catalog'],
  [1, 'kill', 'other catalog'],
  [1, 'kill', 'catalog', 'other catalog'],
  [2, 'kill', 'catalog', 'database'],
  [2, 'kill', 'catalog', 'leader'],
  [2, 'pause', 'catalog'],
  [1, 'pause', 'other catalog'],
  [3, 'cut', ['catalog', 'database']],
  [1, 'cut', ['other catalog', 'database']],
  [1, 'slow', ['catalog', 'database']],
  [1, 'kill', ...everything, 'other catalog', 'database', 'other database'],
];

/** What an action needs, if not every machine can do it. */
const needs: Partial<Record<Action, Ability>> = {
  crash: 'crash',
  unplug: 'unplug',
  'full disk': 'full disk',
  cut: 'links',
  slow: 'links',
  disconnect: 'database',
  'fail over': 'database',
};

/** Shortest and longest time until it is healed, ms. */
const durations: Readonly<Record<Action, readonly [number, number]>> = {
  kill: [200, 2_500],
  crash: [1_000, 2_000],
  pause: [200, 5_000],
  unplug: [500, 3_000],
  'full disk': [500, 3_000],
  cut: [200, 4_000],
  slow: [1_000, 4_000],
  // At once, and over.
  disconnect: [0, 0],
  // So long nobody notices that the primary is gone.
  'fail over': [200, 2_000],
};

export interface Pace {
  /** Time from one strike to the next, ms. */
  readonly shortestGapMs: number;
  readonly longestGapMs: number;
}

/** Leaves the system time to be well in between. */
const standardPace: Pace = { shortestGapMs: 5_000, longestGapMs: 9_000 };
const doubleProbability = 0.25;

const cuts: readonly NonNullable<Weather['cut']>[] = ['there', 'back', 'both', 'both', 'reset'];

/** The strikes of a run, without an end. Every kind comes up before any comes up too often: a deck that is shuffled. */
export function* planStrikes(
  dice: Dice,
  impossible: ReadonlyMap<Ability, string>,
  { shortestGapMs, longestGapMs }: Pace = standardPace,
): Generator<Strike, never> {
  const all = impossible.has('database') ? cards : [...cards, ...databaseCards];
  const possible = all.filter(([, action]) => !impossible.has(needs[action] as Ability));
  const deck = dealCards(dice, possible);
  for (;;) {
    const afterMs = dice.between(shortestGapMs, longestGapMs);
    const count = dice.chance(doubleProbability) ? 2 : 1;
    const faults = Array.from({ length: count }, () => planFault(dice, deck.next().value));
    yield { afterMs, faults };
  }
}

function* dealCards(dice: Dice, possible: readonly Card[]): Generator<Card, never> {
  for (;;) {
    const deck = possible.flatMap((card) => Array.from({ length: card[0] }, () => card));
    while (deck.length > 0) {
      yield deck.splice(dice.whole(0, deck.length - 1), 1)[0] as Card;
    }
  }
}

function planFault(dice: Dice, [, action, ...victims]: Card): PlannedFault {
  const [shortestMs, longestMs] = durations[action];
  const isSlow = action === 'slow';
  return {
    action,
    services: victims.filter((victim) => typeof victim === 'string'),
    links: victims.filter((victim) => typeof victim !== 'string'),
    durationMs: Math.round(dice.between(shortestMs, longestMs)),
    weather: isSlow
      ? { delayMs: Math.round(dice.between(5, 150)), jitterMs: Math.round(dice.between(0, 100)) }
      : { cut: dice.pick(cuts) },
    followerIsHigher: dice.chance(0.5),
  };
}
