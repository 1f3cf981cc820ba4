import { error, plain, type Operation } from './operation.js';

export const statusOperations: readonly Operation[] = [
  {
    ...plain,
    id: 'getCluster',
    path: '/cluster',
    tag: 'operation',
    summary: 'Who leads, how far each replica is, and how the cache does',
    gives: 'ClusterAnswer',
    statuses: { 200: 'As last heard' },
    examples: {
      cluster: {
        status: 200,
        answer: {
          data: {
            leader_id: 3,
            term: 1,
            replicas: [
              {
                id: 3,
                role: 'leader',
                term: 1,
                last_transaction_num: 2,
                lag: 0,
                in_sync: true,
                ready: true,
                checksum: 'fa052d49',
                uptime_ms: 281314,
              },
            ],
            cache: { capacity: 5, size: 1, hits: 3, misses: 2, bypasses: 0, lease_live: true },
          },
        },
      },
    },
  },
  {
    ...plain,
    id: 'getHealth',
    path: '/healthz',
    tag: 'operation',
    summary: 'The process runs',
    gives: 'StatusAnswer',
    statuses: { 200: 'The process is running' },
    examples: { healthy: { status: 200, answer: { data: { status: 'ok' } } } },
  },
  {
    ...plain,
    id: 'getReadiness',
    path: '/readyz',
    tag: 'operation',
    summary: 'A trade would succeed',
    gives: 'StatusAnswer',
    statuses: { 200: 'A trade would succeed', 503: 'A trade would fail, and why' },
    examples: {
      ready: { status: 200, answer: { data: { status: 'ready' } } },
      notReady: { status: 503, answer: error(503, 'there is no order leader') },
    },
  },
  {
    ...plain,
    id: 'getMetrics',
    path: '/metrics',
    tag: 'operation',
    summary: 'Metrics for Prometheus',
    gives: 'text/plain',
    statuses: { 200: 'In the text format 0.0.4' },
    examples: { metrics: { status: 200, answer: '# TYPE stock_leader_id gauge\nstock_leader_id 3\n' } },
  },
];
