import { catalogMutants } from './catalog-mutants.js';
import { databaseMutants } from './database-mutants.js';
import { frontendMutants } from './frontend-mutants.js';
import { orderMutants } from './order-mutants.js';
import { storageMutants } from './storage-mutants.js';
import type { Mutant } from './mutant.js';

export const mutants: readonly Mutant[] = [
  ...storageMutants,
  ...catalogMutants,
  ...orderMutants,
  ...frontendMutants,
  ...databaseMutants,
];
