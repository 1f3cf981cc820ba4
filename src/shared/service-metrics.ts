import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { Histogram } from './histogram.js';

/** Upper bounds of what is measured in milliseconds, s. */
const durationBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
/** Upper bounds of how many orders share something. */
const orderBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** What one process counts, for Prometheus; with what Node tells of itself: memory, event loop, garbage collection. */
export class ServiceMetrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A value that is read when somebody looks: between two looks it costs nothing. */
  gauge(name: string, help: string, read: () => number): void {
    this.labelledGauge(name, help, [], (set) => set({}, read()));
  }

  /** Values by labels, of which each look sees only those that it sets. */
  labelledGauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    read: (set: (labels: Partial<Record<Label, string>>, value: number) => void) => void,
  ): void {
    const gauge: Gauge<Label> = new Gauge({
      name,
      help,
      labelNames,
      collect: () => {
        gauge.reset();
        read((labels, value) => gauge.set(labels, value));
      },
      registers: [],
    });
    this.registry.registerMetric(gauge);
  }

  /** A count that is kept elsewhere as a plain number, and read when somebody looks. */
  total(name: string, help: string, read: () => number): void {
    this.labelledTotal(name, help, [], (set) => set({}, read()));
  }

  /** Such counts by labels. */
  labelledTotal<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    read: (set: (labels: Partial<Record<Label, string>>, value: number) => void) => void,
  ): void {
    const counter: Counter<Label> = new Counter({
      name,
      help,
      labelNames,
      collect: () => {
        counter.reset();
        read((labels, value) => counter.inc(labels, value));
      },
      registers: [],
    });
    this.registry.registerMetric(counter);
  }

  /** When this process's certificate ends, if it has one. */
  watchCertificate(identity: { readonly service: string; readonly expires: Date } | undefined): void {
    const help = 'When the certificate in use ends, Unix time';
    this.labelledGauge('stock_certificate_end_timestamp_seconds', help, ['service'], (set) => {
      if (identity) {
        set({ service: identity.service }, identity.expires.getTime() / 1_000);
      }
    });
  }

  counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** Times, in seconds. */
  durations(name: string, help: string, labelNames: string[] = []): Histogram {
    return this.#histogram(new Histogram(name, help, labelNames, durationBuckets));
  }

  /** Numbers of orders. */
  orderCounts(name: string, help: string): Histogram {
    return this.#histogram(new Histogram(name, help, [], orderBuckets));
  }

  #histogram(histogram: Histogram): Histogram {
    this.registry.registerMetric(histogram.metric);
    return histogram;
  }
}
