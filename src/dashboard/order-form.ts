// Places orders, and the same order again: the number that comes back is the same.
import type { LiveStock } from '../frontend/live/messages.js';
import { find, findOf, html } from './dom.js';
import { count } from './text.js';

/** What is sent, so that it can be sent again. */
interface Sent {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
  /** The number that came back; undefined: none did so far. */
  readonly number?: number;
}

interface Answer {
  readonly data?: { readonly transaction_number: number };
  readonly error?: { readonly code: number; readonly message: string };
}

/** A fresh key. Not randomUUID: a page that came without TLS from another host does not have it. */
function mintKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

export class OrderForm {
  readonly #form = findOf(HTMLFormElement, '#order');
  readonly #stocks = findOf(HTMLSelectElement, '#order [name=name]');
  readonly #quantity = findOf(HTMLInputElement, '#order [name=quantity]');
  readonly #key = findOf(HTMLInputElement, '#order [name=key]');
  readonly #again = findOf(HTMLButtonElement, '#again');
  readonly #answer = find('#answer');
  #sent: Sent | undefined;

  constructor() {
    this.#key.value = mintKey();
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const { value: type = 'buy' } = (event.submitter as HTMLButtonElement | null) ?? {};
      void this.#place(type);
    });
    this.#again.addEventListener('click', () => {
      if (this.#sent) {
        void this.#send(this.#sent);
      }
    });
  }

  /** The stocks that can be chosen; the choice stays. */
  offer(stocks: readonly LiveStock[]): void {
    const known = new Set([...this.#stocks.options].map(({ value }) => value));
    for (const { name } of stocks) {
      if (!known.has(name)) {
        this.#stocks.append(html('option', { value: name }, name));
      }
    }
  }

  async #place(type: string): Promise<void> {
    if (!this.#form.reportValidity()) {
      return;
    }
    const order = {
      key: this.#key.value,
      name: this.#stocks.value,
      type,
      quantity: this.#quantity.valueAsNumber,
    };
    await this.#send(order);
  }

  async #send(order: Sent): Promise<void> {
    const { key, name, type, quantity } = order;
    const startMs = performance.now();
    try {
      const response = await fetch('/orders', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify({ name, type, quantity }),
      });
      const { data, error } = (await response.json()) as Answer;
      const ms = performance.now() - startMs;
      if (data) {
        this.#executed(order, data.transaction_number, ms);
      } else {
        this.#refused(
          order,
          `${error?.code ?? response.status}: ${error?.message ?? 'no answer that the page understands'}`,
        );
      }
    } catch {
      this.#refused(
        order,
        'The frontend does not answer. Send it again: the key keeps it from being executed twice.',
      );
    }
  }

  #executed(order: Sent, number: number, ms: number): void {
    const isRepeated = order.number === number;
    const done = order.type === 'buy' ? 'bought' : 'sold';
    const what = `${done} ${count(order.quantity)} ${order.name}`;
    const text = isRepeated
      ? ` came back again: the order was executed once. (${ms.toFixed(0)} ms)`
      : `: ${what}. (${ms.toFixed(0)} ms)`;
    this.#keep({ ...order, number });
    this.#show(html('p', { class: 'executed' }, html('strong', {}, `Trade ${number}`), text));
    if (this.#key.value === order.key) {
      this.#key.value = mintKey();
    }
  }

  #refused(order: Sent, text: string): void {
    this.#keep(order);
    this.#show(html('p', { class: 'refused' }, text));
  }

  #keep(order: Sent): void {
    this.#sent = order;
    this.#again.disabled = false;
  }

  #show(text: Node): void {
    const key = html('p', { class: 'help' }, 'Key ', html('code', {}, this.#sent?.key ?? ''));
    this.#answer.replaceChildren(text, key);
  }
}
