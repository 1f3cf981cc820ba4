import type { LookupAnswer, LookupPort } from '../../src/frontend/stock-lookup.js';

interface Question {
  readonly name: string;
  readonly sessionId: string;
  /** The stock as the catalog knows it at this version. */
  answer(version: number, cacheable?: boolean): void;
  /** There is no such stock. */
  answerNothing(): void;
  fail(): void;
}

/** The catalog as lookups see it, in the test's hands. */
export class FakeLookupPort implements LookupPort {
  readonly questions: Question[] = [];

  lookup(name: string, sessionId: string): Promise<LookupAnswer> {
    return new Promise((resolve, reject) => {
      this.questions.push({
        name,
        sessionId,
        answer: (version, cacheable = true) =>
          resolve({ stock: { name, price: '15.99', quantity: 100 - version, version }, cacheable }),
        answerNothing: () => resolve({ stock: undefined, cacheable: false }),
        fail: () => reject(new Error('no answer')),
      });
    });
  }
}
