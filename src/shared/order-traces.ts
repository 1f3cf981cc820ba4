import type { Span, SpanFacts, SpanKind, Tracer } from './tracing.js';

/** Traceparents by order id. */
export type Traceparents = ReadonlyMap<string, string>;

const nothing: Traceparents = new Map();

/** What one process has to do with an order that is traced. */
export interface OrderSpan {
  /** @param code of the answer; from 500 on it counts as a failure */
  end(code: number, facts?: SpanFacts): void;
}

/**
 * The orders under way in this process that are traced, by their ids. Orders travel in batches, so a step that many of
 * them share is told in the trace of each.
 */
export class OrderTraces {
  readonly #tracer: Tracer;
  readonly #spans = new Map<string, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /**
   * Begins what this process does for an order.
   * @param traceparent of the one who sent it; empty: it is not traced
   */
  begin(name: string, orderId: string, traceparent: string, facts: SpanFacts): OrderSpan | undefined {
    if (traceparent === '') {
      return undefined;
    }
    const span = this.#tracer.start(name, 'server', traceparent, { 'order.id': orderId, ...facts });
    if (!span) {
      return undefined;
    }
    this.#spans.set(orderId, span);
    return {
      end: (code, facts_) => {
        // The same order may have come a second time meanwhile.
        if (this.#spans.get(orderId) === span) {
          this.#spans.delete(orderId);
        }
        span.end({ ...facts_, 'order.code': code }, code >= 500 ? `code ${code}` : undefined);
      },
    };
  }

  /** Whether any order under way is traced: if not, there is no need to find out which orders a step concerns. */
  get any(): boolean {
    return this.#spans.size > 0;
  }

  /** Records a step that has just ended, for each of the orders that is traced. */
  record(name: string, orderIds: readonly string[], tookMs: number, facts?: SpanFacts): void {
    for (const orderId of orderIds) {
      const span = this.#spans.get(orderId);
      if (span) {
        this.#tracer.record(name, span.traceparent, tookMs, facts);
      }
    }
  }

  /**
   * Takes a step for some orders.
   * @param run gets the traceparents of the step, for those of the orders that are traced
   */
  async step<T>(
    name: string,
    kind: SpanKind,
    orderIds: readonly string[],
    run: (traceparents: Traceparents) => Promise<T>,
    facts?: SpanFacts,
  ): Promise<T> {
    if (!this.any) {
      return run(nothing);
    }
    const spans = new Map<string, Span>();
    for (const orderId of orderIds) {
      const parent = this.#spans.get(orderId);
      const span = parent && this.#tracer.start(name, kind, parent.traceparent, facts);
      if (span) {
        spans.set(orderId, span);
      }
    }
    try {
      const result = await run(new Map([...spans].map(([orderId, span]) => [orderId, span.traceparent])));
      spans.forEach((span) => span.end());
      return result;
    } catch (error) {
      spans.forEach((span) => span.end({}, String(error)));
      throw error;
    }
  }
}
