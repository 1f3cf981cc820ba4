#!/usr/bin/env node
// `npx stock` and `npm run stock`: makes a clone ready, then runs the command line.
import './setup.mjs';

await import('../dist/src/cli/stock.js');
