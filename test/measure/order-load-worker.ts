// One load in a process of its own: its argument is the job as JSON, its result goes to the parent.
import { putOrderLoad, type LoadJob } from './order-load.js';

const result = await putOrderLoad(JSON.parse(process.argv[2] ?? '') as LoadJob);
process.send?.(result, () => process.exit());
