// The ports of a process, and with `stock start` of all five, exist and are not the same. Each but the public one has a
// second one beside it for metrics, METRICS_PORT_OFFSET above it.
import { runs, type Reading, type Relation } from './relation.js';
import { notValid } from './setting-mistake.js';

const publicPort = 'FRONTEND_PORT';
const withMetrics = [
  'FRONTEND_INTERNAL_PORT',
  'CATALOG_PORT',
  'ORDER_1_PORT',
  'ORDER_2_PORT',
  'ORDER_3_PORT',
] as const;
const all = [publicPort, ...withMetrics] as const;
type PortName = (typeof all)[number];

/** Whether the reader listens there. */
function listens(reading: Reading, name: PortName): boolean {
  if (name === 'CATALOG_PORT') {
    return runs(reading, 'catalog');
  }
  if (name === publicPort || name === 'FRONTEND_INTERNAL_PORT') {
    return runs(reading, 'frontend');
  }
  const { reader, config } = reading;
  return reader === 'launcher' || (reader === 'order' && name === `ORDER_${config.REPLICA_ID}_PORT`);
}

const metricsExist = (name: PortName): Relation => ({
  between: [name, 'METRICS_PORT_OFFSET'],
  mistake: (reading) => {
    const { [name]: port, METRICS_PORT_OFFSET: offset } = reading.config;
    return listens(reading, name) && port + offset > 65_535
      ? notValid(
          'METRICS_PORT_OFFSET',
          offset,
          `with ${name}=${port} it makes ${port + offset}, and ports end at 65535`,
        )
      : undefined;
  },
});

const portsDiffer = (name: PortName, other: PortName): Relation => ({
  between: [name, other, 'TLS'],
  mistake: (reading) => {
    const { [name]: port, [other]: otherPort, TLS } = reading.config;
    if (port !== otherPort || !listens(reading, name) || !listens(reading, other)) {
      return undefined;
    }
    if (other !== publicPort || name !== 'FRONTEND_INTERNAL_PORT') {
      return notValid(name, port, `${other} is the same port`);
    }
    // Without certificates the frontend does both on one.
    return TLS === 'mutual'
      ? notValid(name, port, `with TLS=mutual it must be another one than ${other}`)
      : undefined;
  },
});

const noMetricsThere = (name: PortName, measured: PortName): Relation => ({
  between: [name, measured, 'METRICS_PORT_OFFSET'],
  mistake: (reading) => {
    const { [name]: port, [measured]: beside, METRICS_PORT_OFFSET: offset } = reading.config;
    return offset > 0 && port === beside + offset && listens(reading, name) && listens(reading, measured)
      ? notValid(
          name,
          port,
          `the metrics beside ${measured}=${beside} are there (METRICS_PORT_OFFSET=${offset})`,
        )
      : undefined;
  },
});

export const portRelations: readonly Relation[] = [
  ...withMetrics.map(metricsExist),
  ...all.flatMap((name, index) => all.slice(0, index).map((other) => portsDiffer(name, other))),
  ...all.flatMap((name) => withMetrics.map((measured) => noMetricsThere(name, measured))),
];
