// How the property tests run, from the environment:
//   PROPERTY_SEED=… PROPERTY_PATH=… npm run test:property -- --grep …   replays what a failure printed
//   PROPERTY_FACTOR=100 npm run test:property                           looks a hundred times as long
import type { Parameters } from 'fast-check';

const { PROPERTY_SEED: seed, PROPERTY_PATH: path, PROPERTY_FACTOR: factorText = '1' } = process.env;
const factor = Number(factorText);

/** For mocha. */
export const propertyTimeoutMs = 60_000 * factor;

/** Parameters of `fc.assert`. @param numRuns how many examples are tried in an ordinary run */
export function tries<T>(numRuns: number): Parameters<T> {
  return {
    numRuns: numRuns * factor,
    // Sooner than mocha, so that a failure is told, with its seed, even if it could not be shrunk to the end.
    interruptAfterTimeLimit: propertyTimeoutMs * 0.75,
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path }),
  };
}
