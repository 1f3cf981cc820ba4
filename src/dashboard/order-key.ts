// The idempotency key of the next order, as the form shows it. A key stands for one order: sent with another one, the
// server would refuse it for ever. So it is replaced once its order has a definite answer, or the order is changed;
// while the outcome is unknown the same order keeps it, for the server executes a key at most once.

/** A fresh key. Not randomUUID: a page that came without TLS from another host does not have it. */
function mintKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

export class OrderKey {
  readonly #field: HTMLInputElement;
  /** The order that was sent with the key in the field; undefined: none was. */
  #sentWith: string | undefined;

  constructor(field: HTMLInputElement) {
    this.#field = field;
    this.#mint();
    // A key that the user types is meant for the next order, whatever it was used for.
    field.addEventListener('input', () => (this.#sentWith = undefined));
  }

  /** The order in the form is another one than before. A key that was not sent yet, a typed one too, fits it as well. */
  orderChanged(): void {
    if (this.#sentWith !== undefined) {
      this.#mint();
    }
  }

  /** The key to send with an order. @param order in whatever words, the same for the same order */
  take(order: string): string {
    if (this.#sentWith !== order) {
      this.orderChanged();
    }
    this.#sentWith = order;
    return this.#field.value;
  }

  /** The outcome of the order that was sent with `key` is known. */
  settle(key: string): void {
    if (this.#field.value === key) {
      this.orderChanged();
    }
  }

  #mint(): void {
    this.#field.value = mintKey();
    this.#sentWith = undefined;
  }
}
