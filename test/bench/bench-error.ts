/** What is wrong, for the person who started this; shown without a stack. */
export class BenchError extends Error {}
