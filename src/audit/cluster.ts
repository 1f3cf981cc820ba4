// What a running system says of itself.
import { z } from 'zod';

const schema = z.object({
  data: z.object({
    leader_id: z.number(),
    term: z.number(),
    replicas: z.array(
      z.object({
        id: z.number(),
        role: z.string(),
        term: z.number(),
        last_transaction_num: z.number(),
        checksum: z.string().optional(),
      }),
    ),
  }),
});

export type Cluster = z.infer<typeof schema>['data'];
export type ClusterReplica = Cluster['replicas'][number];

/** How long the frontend may take to answer, ms. */
const askDeadlineMs = 2_000;

/** Asks `GET /cluster`. @returns the answer, or why there is none */
export async function askCluster(url: URL): Promise<Cluster | { readonly silence: string }> {
  try {
    const response = await fetch(new URL('/cluster', url), { signal: AbortSignal.timeout(askDeadlineMs) });
    const body = schema.safeParse(await response.json());
    return body.success ? body.data.data : { silence: `${url.origin} answers, but not as our frontend` };
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
    return { silence: `no frontend answers at ${url.origin} (${reason})` };
  }
}
