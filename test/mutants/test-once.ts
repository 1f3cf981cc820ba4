// Runs the tests of one compiled file whose titles contain a text. In a process of its own, started by directed.ts.
// Not with mocha's own command: it loads tests with `require` where it can, which module hooks do not see.
import Mocha from 'mocha';

/** Sent at the end. */
export interface Tested {
  readonly passes: number;
  /** What each red test says. */
  readonly failures: readonly string[];
}

const [file = '', title = ''] = process.argv.slice(2);
// The time that tests have otherwise, too: see .mocharc.json.
const mocha = new Mocha({ fgrep: title, timeout: 20_000, reporter: 'min' });
mocha.suite.emit('pre-require', globalThis, file, mocha);
await import(new URL(`../../${file}`, import.meta.url).href);
const failures: string[] = [];
const runner = mocha.run(() => {
  process.send?.({ passes: runner.stats?.passes ?? 0, failures } satisfies Tested, () => process.exit());
});
runner.on('fail', (_test, error: Error) => void failures.push(error.stack ?? String(error)));
