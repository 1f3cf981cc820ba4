// Traces: what became of a request, step by step, through all processes. Off unless OTEL_EXPORTER_OTLP_ENDPOINT says
// where to send them; then nothing of OpenTelemetry is even loaded, and whoever could begin a step has no tracer.
import type { Config } from './config.js';
import type { Logger } from './logger.js';

/** What is known of a step, as OpenTelemetry names it. */
export type SpanFacts = Readonly<Record<string, string | number>>;

/** `server`: does what somebody else asked for; `client`: asks somebody else; `internal`: neither. */
export type SpanKind = 'server' | 'client' | 'internal';

/** One step, while it lasts. */
export interface Span {
  /** Names it in W3C form (`00-<trace>-<span>-01`), for whoever does a part of it. */
  readonly traceparent: string;
  /** Names it by what has been found out since it began. */
  rename(name: string): void;
  /** @param failure why it failed; left out if it did not */
  end(facts?: SpanFacts, failure?: string): void;
}

export interface Tracer {
  /**
   * Begins a step.
   * @param parent the traceparent of the step that it is a part of; without a valid one it begins a trace
   * @returns undefined if it is not to be recorded
   */
  start(name: string, kind: SpanKind, parent: string | undefined, facts?: SpanFacts): Span | undefined;
  /** Records a step that has just ended. */
  record(name: string, parent: string, tookMs: number, facts?: SpanFacts): void;
  /** Sends what has not been sent. */
  close(): Promise<void>;
}

/**
 * Opens the tracer of a process, if the settings ask for one.
 * @param service the name of the process
 */
export async function openTracer(
  service: string,
  config: Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT'>,
  logger: Pick<Logger, 'warn'>,
): Promise<Tracer | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) {
    return undefined;
  }
  const { OtlpTracer } = await import('./otlp-tracer.js');
  return new OtlpTracer(service, logger);
}
