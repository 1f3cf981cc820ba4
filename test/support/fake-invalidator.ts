import type { InvalidationPort } from '../../src/catalog/cache-invalidator.js';

interface Invalidation {
  readonly address: string;
  readonly sessionId: string;
  readonly stock: string;
  readonly version: number;
  readonly signal: AbortSignal;
}

/** The way to the frontends: they acknowledge at once, when the test says so, or refuse. */
export class FakeInvalidator implements InvalidationPort {
  readonly sent: Invalidation[] = [];
  /** What frontends do with an invalidation. */
  mode: 'acknowledge' | 'keep silent' | 'refuse' = 'acknowledge';
  #unanswered: (() => void)[] = [];

  async invalidate(
    address: string,
    sessionId: string,
    stock: string,
    version: number,
    signal: AbortSignal,
  ): Promise<void> {
    this.sent.push({ address, sessionId, stock, version, signal });
    if (this.mode === 'refuse') {
      throw new Error(`connect ECONNREFUSED ${address}`);
    }
    if (this.mode === 'keep silent') {
      await new Promise<void>((resolve) => this.#unanswered.push(resolve));
    }
  }

  /** The frontends acknowledge what they were sent so far. */
  acknowledge(): void {
    this.#unanswered.splice(0).forEach((resolve) => resolve());
  }
}
