import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

type AttributeValue = { readonly stringValue?: string; readonly intValue?: number | string };
type Attributes = readonly { readonly key: string; readonly value: AttributeValue }[];

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: Attributes;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly facts: Readonly<Record<string, string | number | undefined>>;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

function factsOf(attributes: Attributes): Record<string, string | number | undefined> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
}

/** Takes traces as a collector does: OTLP over HTTP, in JSON. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly #server = createServer((request, response) => {
    void this.#take(request).then(() =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}'),
    );
  });

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  ofTrace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage): Promise<void> {
    const sent = (await json(request)) as Sent;
    for (const { resource, scopeSpans } of sent.resourceSpans) {
      const service = String(factsOf(resource.attributes)['service.name']);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        const { name, traceId, spanId, parentSpanId = '', attributes } = span;
        const startNs = BigInt(span.startTimeUnixNano);
        const endNs = BigInt(span.endTimeUnixNano);
        this.spans.push({
          service,
          name,
          traceId,
          spanId,
          parentSpanId,
          facts: factsOf(attributes),
          startNs,
          endNs,
        });
      }
    }
  }
}

/** The steps of a trace as lines, each below the step that it is a part of; `parent`: of the first ones. */
export function traceTree(spans: readonly ReceivedSpan[], parent: string, indent = ''): string[] {
  const children = spans.filter(({ parentSpanId }) => parentSpanId === parent);
  const branches = children.map((span) => [
    `${indent}${span.service}: ${span.name}`,
    ...traceTree(spans, span.spanId, `${indent}  `),
  ]);
  return branches.sort((a, b) => (a.join('\n') < b.join('\n') ? -1 : 1)).flat();
}
