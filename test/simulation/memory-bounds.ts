// I13: what a process keeps for others is bounded while there is trouble, and gone when all is answered.
import type { Cluster } from './cluster.js';
import { sequencerLimits } from './settings.js';
import type { World } from './world.js';

const watchIntervalMs = 250;
/** A frontend that begins a session while its last one runs out; and one that was killed and started meanwhile. */
const maxSessionsPerFrontend = 8;

/** Looks again and again, as long as time passes. */
export function watchBounds(world: World, cluster: Cluster): void {
  world.timeline.after(watchIntervalMs, () => {
    for (const { name, listening, replica } of cluster.replicas) {
      const { orders, batches } = listening ? replica.load : { orders: 0, batches: 0 };
      if (orders > sequencerLimits.maxInFlight || batches > sequencerLimits.maxInFlight) {
        world.history.violation(`I13: ${name} has ${orders} orders and ${batches} batches under way`);
      }
    }
    for (const { name, listening, cores } of cluster.frontends) {
      const { size, capacity } = listening ? cores.stocks.counters : { size: 0, capacity: 0 };
      if (size > capacity) {
        world.history.violation(`I13: ${name} caches ${size} stocks of ${capacity}`);
      }
    }
    if (cluster.catalog.sessions > maxSessionsPerFrontend * cluster.frontends.length) {
      world.history.violation(`I13: the catalog remembers ${cluster.catalog.sessions} cache sessions`);
    }
    watchBounds(world, cluster);
  });
}

/** After everything has been answered and all logs are equal, nothing is left to do. */
export function checkDrained(world: World, cluster: Cluster): void {
  for (const { name, replica } of cluster.replicas) {
    const { orders, batches } = replica.load;
    if (orders + batches > 0) {
      world.history.violation(`I13: ${name} still has ${orders} orders and ${batches} batches under way`);
    }
  }
}
