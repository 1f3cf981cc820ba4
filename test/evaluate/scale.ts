// How large the experiments are. What is published is `full`; `quick` shows in half a minute that everything works.

export interface Scale {
  /** How long one figure is measured, s. */
  readonly seconds: number;
  readonly probabilities: readonly number[];
  readonly sessions: number;
  readonly catalogSize: number;
  readonly cacheSizes: readonly number[];
  /** Exponents of Zipf's law; 0: all stocks are asked for alike. */
  readonly skews: readonly number[];
  readonly clients: readonly number[];
  /** How often the leader is killed, and how often it is paused. */
  readonly failovers: number;
}

export const scales: Readonly<Record<'full' | 'quick', Scale>> = {
  full: {
    seconds: 4,
    probabilities: [0, 0.2, 0.4, 0.6, 0.8],
    sessions: 5,
    catalogSize: 100,
    cacheSizes: [1, 5, 10, 20, 50, 100],
    skews: [0, 0.5, 1, 1.5],
    clients: [1, 2, 4, 8, 16, 32, 64],
    failovers: 30,
  },
  quick: {
    seconds: 1,
    probabilities: [0, 0.8],
    sessions: 5,
    catalogSize: 100,
    cacheSizes: [5, 100],
    skews: [0, 1],
    clients: [1, 8],
    failovers: 1,
  },
};
