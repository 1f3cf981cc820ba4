// Places orders, and the same order again: the number that comes back is the same.
import type { LiveStock } from '../frontend/live/messages.js';
import { find, findOf, html, setText } from './dom.js';
import { OrderKey } from './order-key.js';
import { postOrder, type Order, type Outcome } from './post-order.js';
import { count } from './text.js';

/** What is sent, so that it can be sent again. */
interface Sent {
  readonly key: string;
  readonly order: Order;
  /** The number that came back; undefined: none did so far. */
  readonly number?: number;
}

export class OrderForm {
  readonly #form = findOf(HTMLFormElement, '#order');
  readonly #stocks = findOf(HTMLSelectElement, '#order [name=name]');
  readonly #quantity = findOf(HTMLInputElement, '#order [name=quantity]');
  readonly #key = new OrderKey(findOf(HTMLInputElement, '#order [name=key]'));
  readonly #again = findOf(HTMLButtonElement, '#again');
  readonly #buttons = [...this.#form.querySelectorAll('button')];
  readonly #answer = find('#answer');
  #sent: Sent | undefined;
  #isPending = false;

  constructor() {
    for (const field of [this.#stocks, this.#quantity]) {
      field.addEventListener('input', () => this.#key.orderChanged());
    }
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#place(event.submitter as HTMLButtonElement);
    });
    this.#again.addEventListener('click', () => {
      if (this.#sent) {
        void this.#send(this.#sent, this.#again);
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

  #place(button: HTMLButtonElement): void {
    if (this.#isPending || !this.#form.reportValidity()) {
      return;
    }
    const order = {
      name: this.#stocks.value,
      type: button.value,
      quantity: this.#quantity.valueAsNumber,
    };
    void this.#send({ key: this.#key.take(JSON.stringify(order)), order }, button);
  }

  async #send(sent: Sent, button: HTMLButtonElement): Promise<void> {
    if (this.#isPending) {
      return;
    }
    const label = button.textContent ?? '';
    this.#showPending(true);
    setText(button, 'Sending…');
    const startMs = performance.now();
    const outcome = await postOrder(sent.order, sent.key);
    setText(button, label);
    this.#showPending(false);
    this.#take(outcome, sent, performance.now() - startMs);
  }

  /** Not `disabled`, which takes the focus away from who uses the keyboard. */
  #showPending(isPending: boolean): void {
    this.#isPending = isPending;
    this.#form.setAttribute('aria-busy', String(isPending));
    this.#buttons.forEach((button) => button.setAttribute('aria-disabled', String(isPending)));
  }

  #take(outcome: Outcome, sent: Sent, ms: number): void {
    this.#again.disabled = false;
    if (outcome.kind !== 'unknown') {
      this.#key.settle(sent.key);
    }
    if (outcome.kind === 'executed') {
      this.#sent = { ...sent, number: outcome.number };
      this.#showExecuted(outcome.number, sent, ms);
    } else {
      this.#sent = sent;
      this.#show(html('p', { class: 'refused' }, outcome.text));
    }
  }

  #showExecuted(number: number, { order, number: earlier }: Sent, ms: number): void {
    const done = order.type === 'buy' ? 'bought' : 'sold';
    const what = `${done} ${count(order.quantity)} ${order.name}`;
    const text = earlier === number ? ' came back again: the order was executed once.' : `: ${what}.`;
    const took = ` (${ms.toFixed(0)} ms)`;
    this.#show(html('p', { class: 'executed' }, html('strong', {}, `Trade ${number}`), text, took));
  }

  #show(text: Node): void {
    const key = html('p', { class: 'help' }, 'Key ', html('code', {}, this.#sent?.key ?? ''));
    this.#answer.replaceChildren(text, key);
  }
}
