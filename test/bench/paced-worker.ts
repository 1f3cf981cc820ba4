// One load at a given rate, in a process of its own; its argument is the job as JSON, its result goes to the parent.
import type { PacedJob } from './paced.js';
import { PacedLoad } from './paced-load.js';

const result = await new PacedLoad(JSON.parse(process.argv[2] ?? '') as PacedJob).run();
process.send?.(result, () => process.exit());
