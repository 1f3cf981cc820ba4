import type { LeaseAnswer, LeasePort } from '../../src/frontend/cache-lease.js';

interface Renewal {
  readonly sessionId: string;
  readonly begin: boolean;
  answer(code: number): void;
  fail(): void;
}

/** The catalog as leases see it: answers at once, or when the test says so. */
export class FakeLeasePort implements LeasePort {
  readonly renewals: Renewal[] = [];
  readonly released: string[] = [];
  readonly leaseMs: number;
  /** The code of every answer; undefined: the test answers each renewal itself. */
  code: number | undefined = 200;
  /** Which process of the catalog answers. */
  catalogId = 'first';

  constructor(leaseMs: number) {
    this.leaseMs = leaseMs;
  }

  get last(): Renewal {
    return this.renewals.at(-1) as Renewal;
  }

  renewLease(sessionId: string, begin: boolean): Promise<LeaseAnswer> {
    return new Promise((resolve, reject) => {
      const answer = (code: number) => resolve({ code, leaseMs: this.leaseMs, catalogId: this.catalogId });
      this.renewals.push({ sessionId, begin, answer, fail: () => reject(new Error('no answer')) });
      if (this.code !== undefined) {
        answer(this.code);
      }
    });
  }

  async releaseLease(sessionId: string): Promise<void> {
    this.released.push(sessionId);
  }
}
