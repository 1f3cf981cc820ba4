import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { OrderTraces } from '../../../src/shared/order-traces.js';
import type { Span, Tracer } from '../../../src/shared/tracing.js';

const tracing = new URL('../../../src/shared/tracing.js', import.meta.url).href;

/** How many modules of OpenTelemetry a process has loaded after it opened its tracer. */
function loadedModules(endpoint: string | undefined): number {
  const script = `
    import { Module } from 'node:module';
    const { openTracer } = await import('${tracing}');
    await openTracer('catalog', { OTEL_EXPORTER_OTLP_ENDPOINT: ${JSON.stringify(endpoint)} }, console);
    process.stdout.write(String(Object.keys(Module._cache).filter((path) => path.includes('@opentelemetry')).length));
  `;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
}

/** Keeps the steps as lines. */
class NotedTracer implements Tracer {
  readonly lines: string[] = [];
  #count = 0;

  start(name: string, kind: string, parent: string | undefined): Span | undefined {
    if (parent === 'unsampled') {
      return undefined;
    }
    this.#count += 1;
    const traceparent = `${name}#${this.#count}`;
    this.lines.push(`${traceparent} in ${parent}, ${kind}`);
    return {
      traceparent,
      rename: () => undefined,
      end: (_, failure) => this.lines.push(`end ${traceparent}${failure ? `: ${failure}` : ''}`),
    };
  }

  record(name: string, parent: string, tookMs: number): void {
    this.lines.push(`${name} in ${parent}, ${tookMs} ms`);
  }

  close = () => Promise.resolve();
}

describe('tracing', function () {
  this.timeout(30_000);

  it('loads nothing of OpenTelemetry unless it is asked for', () => {
    expect(loadedModules(undefined)).to.equal(0);
    expect(loadedModules('http://127.0.0.1:4318')).to.be.greaterThan(10);
  });
});

describe('traces of orders', () => {
  let tracer: NotedTracer;
  let traces: OrderTraces;
  beforeEach(() => {
    tracer = new NotedTracer();
    traces = new OrderTraces(tracer);
  });

  it('tell a step that orders share once for each that is traced', async () => {
    traces.begin('order', 'a', 'client-1', {});
    traces.begin('order', 'b', '', {});
    traces.begin('order', 'c', 'client-3', {});
    tracer.lines.length = 0;
    const sent = await traces.step('trade', 'client', ['a', 'b', 'c', 'd'], async (parents) => [...parents]);
    traces.record('write', ['a', 'b'], 3);
    expect(sent).to.deep.equal([
      ['a', 'trade#3'],
      ['c', 'trade#4'],
    ]);
    expect(tracer.lines).to.deep.equal([
      'trade#3 in order#1, client',
      'trade#4 in order#2, client',
      'end trade#3',
      'end trade#4',
      'write in order#1, 3 ms',
    ]);
  });

  it('say that a step or an order has failed', async () => {
    const order = traces.begin('order', 'a', 'client-1', {});
    const step = traces.step('trade', 'client', ['a'], () => Promise.reject(new Error('no answer')));
    await step.catch(() => undefined);
    order?.end(503);
    expect(tracer.lines.slice(2)).to.deep.equal(['end trade#2: Error: no answer', 'end order#1: code 503']);
  });

  it('forget an order when it has been answered, and not before its second try has been', () => {
    const first = traces.begin('order', 'a', 'client-1', {});
    const second = traces.begin('order', 'a', 'client-1', {});
    first?.end(421);
    expect(traces.any).to.equal(true);
    second?.end(200);
    expect(traces.any).to.equal(false);
  });

  it('leave out orders that are not to be recorded', async () => {
    expect(traces.begin('order', 'a', 'unsampled', {})).to.equal(undefined);
    expect(await traces.step('trade', 'client', ['a'], async (parents) => parents.size)).to.equal(0);
    expect(tracer.lines).to.deep.equal([]);
  });
});
