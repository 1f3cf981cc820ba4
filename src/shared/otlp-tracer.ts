// The tracer with OpenTelemetry behind it. Its library reads the other OTEL_… variables itself: sampler, headers, limits.
import { setTimeout as delay } from 'node:timers/promises';
import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind as ApiSpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as ApiSpan,
  type Tracer as ApiTracer,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from './logger.js';
import type { Span, SpanFacts, SpanKind, Tracer } from './tracing.js';

/** How long a stopping process may take to send its last steps, ms. */
const closePatienceMs = 1_000;

const scope = 'distributed-stock-server';
const kinds = { server: ApiSpanKind.SERVER, client: ApiSpanKind.CLIENT, internal: ApiSpanKind.INTERNAL };

const quiet = (): void => undefined;

function contextOf(parent: string | undefined): Context {
  const spanContext = parent === undefined ? null : parseTraceParent(parent);
  return spanContext ? trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, isRemote: true }) : ROOT_CONTEXT;
}

class OtlpSpan implements Span {
  readonly traceparent: string;
  readonly #span: ApiSpan;

  constructor(span: ApiSpan) {
    const { traceId, spanId } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-01`;
    this.#span = span;
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  end(facts?: SpanFacts, failure?: string): void {
    if (facts) {
      this.#span.setAttributes(facts);
    }
    if (failure !== undefined) {
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    }
    this.#span.end();
  }
}

export class OtlpTracer implements Tracer {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: ApiTracer;

  /** @param service name of the process, unless OTEL_SERVICE_NAME gives another one */
  constructor(service: string, logger: Pick<Logger, 'warn'>) {
    const say = (text: string): void => logger.warn(`traces: ${text}`);
    diag.setLogger(
      { error: say, warn: say, info: quiet, debug: quiet, verbose: quiet },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    const named = resourceFromAttributes({ 'service.namespace': scope, 'service.name': service });
    this.#provider = new BasicTracerProvider({
      resource: named.merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    this.#tracer = this.#provider.getTracer(scope);
  }

  start(name: string, kind: SpanKind, parent: string | undefined, facts: SpanFacts = {}): Span | undefined {
    const options = { kind: kinds[kind], attributes: facts };
    const span = this.#tracer.startSpan(name, options, contextOf(parent));
    return span.isRecording() ? new OtlpSpan(span) : undefined;
  }

  record(name: string, parent: string, tookMs: number, facts: SpanFacts = {}): void {
    const endTime = performance.timeOrigin + performance.now();
    const options = { attributes: facts, startTime: endTime - tookMs };
    this.#tracer.startSpan(name, options, contextOf(parent)).end(endTime);
  }

  async close(): Promise<void> {
    // A collector that is away must not hold up the stop; that it misses something has been said.
    const sent = this.#provider.shutdown().catch(() => undefined);
    await Promise.race([sent, delay(closePatienceMs, undefined, { ref: false })]);
  }
}
