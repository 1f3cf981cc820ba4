// To be loaded into a process before anything else: its wall clock jumps an hour ahead or back, again and again. Time that
// only elapses is not touched.
const RealDate = Date;
const jumpsMs = [0, 3_600_000, -3_600_000];
const jumpEveryMs = 170;

function jumpingNow(): number {
  const turn = Math.floor(performance.now() / jumpEveryMs) % jumpsMs.length;
  return RealDate.now() + (jumpsMs[turn] ?? 0);
}

globalThis.Date = new Proxy(RealDate, {
  construct: (_, parts: []) => (parts.length === 0 ? new RealDate(jumpingNow()) : new RealDate(...parts)),
  apply: () => new RealDate(jumpingNow()).toString(),
  get: (target, name) => (name === 'now' ? jumpingNow : Reflect.get(target, name)),
});
