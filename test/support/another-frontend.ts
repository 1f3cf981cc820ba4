import { System } from './system.js';

const shared = ['CATALOG_PORT', 'ORDER_1_PORT', 'ORDER_2_PORT', 'ORDER_3_PORT'] as const;

/** One more frontend, on ports of its own, before the catalog and the replicas of `system`; not started yet. */
export function anotherFrontend(system: System, settings: Record<string, string> = {}): Promise<System> {
  const ports = shared.map((name) => [name, system.environment[name] ?? '']);
  return System.create({ ...Object.fromEntries(ports), ...settings });
}

/** Where the catalog reaches a frontend. */
export function invalidationAddress({ environment }: System): string {
  return `127.0.0.1:${environment.FRONTEND_INTERNAL_PORT}`;
}
