/** The five processes, as their directories and their certificates name them. */
export const serviceNames = ['catalog', 'order-1', 'order-2', 'order-3', 'frontend'] as const;
export type ServiceName = (typeof serviceNames)[number];
