// The bodies of the REST interface: what is checked here is what /openapi.json says.
import { z } from 'zod';
import { maxShares, orderIdPattern } from '../../shared/domain.js';

const schemas = z.registry<{ id: string; description?: string }>();

function complaint(name: string, text: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) => (input === undefined ? `${name} is missing` : text),
  };
}

const text = (name: string) =>
  z
    .string(complaint(name, `${name} must be a string`))
    .refine((value) => value.isWellFormed(), `${name} must be well-formed Unicode`);

const quantityText = `quantity must be a whole number of at most ${maxShares}`;

/** The shape of an order. Whether it makes sense is for the ledger to say, so names and types are any text here. */
export const orderRequest = z
  .object(
    {
      name: text('name').describe('Name of the stock'),
      type: text('type').describe('"buy" or "sell"; anything else is refused with 404'),
      quantity: z
        .number(complaint('quantity', quantityText))
        .int(quantityText)
        .min(-maxShares, quantityText)
        .max(maxShares, quantityText)
        .describe('Number of shares; 0 is numbered, less than 0 is refused with 404'),
    },
    'the body must be a JSON object',
  )
  .register(schemas, { id: 'OrderRequest', description: 'An order. Unknown fields are ignored.' });

const number = z.int().min(1).max(maxShares).describe('Number of the trade in the one global order');
const count = z.int().min(0);

const stock = z
  .object({ name: z.string(), price: z.number(), quantity: count.describe('Shares that can be bought') })
  .register(schemas, { id: 'Stock' });

const order = z
  .object({ order_num: number, name: z.string(), type: z.enum(['buy', 'sell']), quantity: count })
  .register(schemas, { id: 'Order', description: 'An executed order. It never changes.' });

const replica = z
  .object({
    id: z.int().min(1).max(3),
    role: z.enum(['leader', 'candidate', 'follower', 'down']),
    term: count,
    last_transaction_num: count,
    lag: count.describe('How many orders it is behind the leader'),
    in_sync: z.boolean(),
    ready: z.boolean(),
    checksum: z.string().optional().describe('Of the whole log; not there while the replica is down'),
    uptime_ms: count.optional(),
  })
  .register(schemas, { id: 'Replica' });

const cluster = z.object({
  leader_id: z.int().min(0).max(3).describe('0: there is none'),
  term: count,
  replicas: z.array(replica),
  cache: z.object({
    capacity: count,
    size: count,
    hits: count,
    misses: count,
    bypasses: count,
    lease_live: z.boolean(),
  }),
});

/** The answers, by the names that they have in the document. */
export const answers = {
  StockAnswer: z.object({ data: stock }),
  StockListAnswer: z.object({ data: z.array(stock) }),
  TradeAnswer: z.object({ data: z.object({ transaction_number: number }) }),
  OrderAnswer: z.object({ data: order }),
  OrderListAnswer: z.object({ data: z.array(order) }),
  ClusterAnswer: z.object({ data: cluster }),
  StatusAnswer: z.object({ data: z.object({ status: z.enum(['ok', 'ready']) }) }),
  InvalidationAnswer: z.object({ code: z.literal(200), message: z.string() }),
  ErrorAnswer: z.object({
    error: z.object({ code: z.int().describe('The HTTP status'), message: z.string() }),
  }),
} as const;

Object.entries(answers).forEach(([id, schema]) => schemas.add(schema, { id }));

/** What stands in headers and paths. */
export const parameterSchemas = {
  idempotencyKey: { type: 'string', pattern: orderIdPattern.source },
  transactionNumber: { type: 'integer', minimum: 1, maximum: maxShares },
} as const;

/** All schemas in JSON Schema 2020-12, the one of OpenAPI 3.1. */
export function componentSchemas(): Record<string, unknown> {
  const { schemas: named } = z.toJSONSchema(schemas, {
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(
    Object.entries(named).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]),
  );
}
