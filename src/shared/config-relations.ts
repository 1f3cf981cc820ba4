// Settings that are right each on its own, and wrong together. Only what can never work is refused, and only to those
// whom it concerns: in containers the ports of others, for example, mean nothing.
import { isIP } from 'node:net';
import { portRelations } from './port-relations.js';
import { runs, type Reading, type Relation } from './relation.js';
import { notValid } from './setting-mistake.js';

/** Addresses on which a server hears those who call 127.0.0.1. */
const heardOnLoopback = ['127.0.0.1', '0.0.0.0', '::'];

function differentReplicas(a: 1 | 2 | 3, b: 1 | 2 | 3): Relation {
  const [first, second] = [`ORDER_${a}_ADDRESS`, `ORDER_${b}_ADDRESS`];
  return {
    between: [first, second],
    mistake: ({ config: { orderAddresses }, given }) => {
      const isGiven = first in given || second in given;
      if (!isGiven || orderAddresses[a] !== orderAddresses[b]) {
        return undefined;
      }
      const [wrong, other] = second in given ? [second, first] : [first, second];
      return notValid(wrong, orderAddresses[a], `${other} is the same`);
    },
  };
}

const relations: readonly Relation[] = [
  {
    between: ['REPLICA_ID'],
    mistake: ({ config, reader }) =>
      reader === 'order' && config.REPLICA_ID === undefined
        ? 'REPLICA_ID is not set: say which replica this process is (1, 2 or 3)'
        : undefined,
  },
  {
    between: ['LEDGER', 'LEDGER_URL'],
    mistake: ({ config: { LEDGER, LEDGER_URL } }) =>
      LEDGER === 'postgres' && LEDGER_URL === undefined
        ? notValid('LEDGER', LEDGER, 'it needs LEDGER_URL, too')
        : undefined,
  },
  {
    between: ['LEDGER', 'LEDGER_URL'],
    mistake: (reading) =>
      runs(reading, 'catalog') && 'LEDGER_URL' in reading.given && !('LEDGER' in reading.given)
        ? notValid(
            'LEDGER_URL',
            '',
            'without LEDGER=postgres the database is not used; set that, or LEDGER=csv if files are meant',
          )
        : undefined,
  },
  {
    between: ['LEDGER', 'CATALOG_ADDRESSES'],
    mistake: (reading) => {
      const { LEDGER, CATALOG_ADDRESSES } = reading.config;
      // The others may leave it to the catalogs where the ledger is.
      const isConcerned =
        runs(reading, 'catalog') || (reading.reader !== 'command' && 'LEDGER' in reading.given);
      return isConcerned && LEDGER === 'csv' && CATALOG_ADDRESSES.length > 1
        ? notValid(
            'CATALOG_ADDRESSES',
            CATALOG_ADDRESSES.join(','),
            'with LEDGER=csv each catalog would keep a truth of its own; set LEDGER=postgres, or name one',
          )
        : undefined;
    },
  },
  {
    between: ['FRONTEND_ADDRESS', 'FRONTEND_ADDRESSES', 'FRONTEND_INTERNAL_PORT'],
    mistake: (reading) => {
      const { FRONTEND_ADDRESS: own, FRONTEND_ADDRESSES: all } = reading.config;
      return runs(reading, 'frontend') && !all.includes(own)
        ? notValid('FRONTEND_ADDRESS', own, `it must be among FRONTEND_ADDRESSES=${all.join(',')}`)
        : undefined;
    },
  },
  {
    between: ['BIND_HOST'],
    mistake: ({ reader, config: { BIND_HOST } }) =>
      reader === 'launcher' && isIP(BIND_HOST) !== 0 && !heardOnLoopback.includes(BIND_HOST)
        ? notValid(
            'BIND_HOST',
            BIND_HOST,
            'the five processes of "stock start" look for each other on 127.0.0.1; ' +
              'set 127.0.0.1, or 0.0.0.0 for all addresses',
          )
        : undefined,
  },
  differentReplicas(1, 2),
  differentReplicas(1, 3),
  differentReplicas(2, 3),
  ...portRelations,
];

/**
 * What is wrong with settings that are right each on its own, a sentence each.
 * @param wrong names of those that are not: nothing is said of what they would go with
 */
export function mistakesBetween(reading: Reading, wrong: ReadonlySet<string>): string[] {
  return relations
    .filter(({ between }) => !between.some((name) => wrong.has(name)))
    .map(({ mistake }) => mistake(reading))
    .filter((sentence) => sentence !== undefined);
}
