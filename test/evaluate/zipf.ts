import type { Random } from '../../src/cli/seeded-random.js';

/**
 * Draws 0 to count − 1, the first most often: number i with a weight of 1 / (i + 1)^exponent (Zipf's law). An exponent
 * of 0 draws all alike.
 */
export function zipf(count: number, exponent: number, random: Random): () => number {
  let sum = 0;
  const upTo = Array.from({ length: count }, (_, index) => (sum += (index + 1) ** -exponent));
  return () => {
    const drawn = random() * sum;
    return upTo.findIndex((bound) => drawn < bound);
  };
}
