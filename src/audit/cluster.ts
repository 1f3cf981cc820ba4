// What a running system says of itself.
import { z } from 'zod';
import { getDirectly } from '../shared/get-directly.js';

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
    const { text } = await getDirectly(new URL('/cluster', url), askDeadlineMs);
    const body = schema.safeParse(JSON.parse(text));
    return body.success ? body.data.data : { silence: `${url.origin} answers, but not as our frontend` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code ?? message;
    return { silence: `no frontend answers at ${url.origin} (${reason})` };
  }
}
