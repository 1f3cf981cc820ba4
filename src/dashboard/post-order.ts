// Sends an order, and tells what is known of it afterwards.

export interface Order {
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
}

export type Outcome =
  | { readonly kind: 'executed'; readonly number: number }
  /** `refused` is definite; `unknown`: it may have been executed, or may be still. */
  | { readonly kind: 'refused' | 'unknown'; readonly text: string };

interface Answer {
  readonly data?: { readonly transaction_number: number };
  readonly error?: { readonly message: string };
}

/** Longer than the frontend tries an order (REQUEST_BUDGET_MS, 5 s unless set): it should be the one to say what it knows. */
const timeoutMs = 10_000;

const unknownText =
  ', so whether it was executed is unknown. Sending it again is safe: with the same key it is executed at most once.';

/**
 * Whether an answer with this status leaves open what became of the order. A 5xx may come from a proxy that lost it on
 * its way; after 429 nothing was executed, but the same order may as well keep its key for the next try.
 */
const leavesOpen = (status: number): boolean => status >= 500 || status === 408 || status === 429;

/** Never rejects. */
export async function postOrder(order: Order, key: string): Promise<Outcome> {
  try {
    const response = await fetch('/orders', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify(order),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return await outcomeOf(response);
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    const text = isLate ? `No answer within ${timeoutMs / 1_000} s` : 'The frontend does not answer';
    return { kind: 'unknown', text: `${text}${unknownText}` };
  }
}

/** @throws the answer broke off: a success without its number tells nothing */
async function outcomeOf(response: Response): Promise<Outcome> {
  const { status } = response;
  // An error may come from something between the frontend and here, with a body of its own.
  const answer = (await (response.ok ? response.json() : response.json().catch(() => ({})))) as Answer;
  if (answer.data) {
    return { kind: 'executed', number: answer.data.transaction_number };
  }
  const text = `${status}: ${answer.error?.message ?? 'no answer that the page understands'}`;
  return { kind: response.ok || leavesOpen(status) ? 'unknown' : 'refused', text };
}
