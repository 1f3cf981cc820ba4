/** Waits for one step of one process, and strikes just there. */
export class Failpoint {
  readonly hits = new Map<string, number>();
  #armed: { host: string; step: string; strike: () => void } | undefined;

  /** @param step the beginning of the step's name */
  arm(host: string, step: string, strike: () => void): void {
    this.#armed = { host, step, strike };
  }

  disarm(): void {
    this.#armed = undefined;
  }

  /** A process is at this step now. */
  pass(host: string, step: string): void {
    const armed = this.#armed;
    if (armed?.host === host && step.startsWith(armed.step)) {
      this.#armed = undefined;
      const name = `${host.replace(/-\d/, '')} ${armed.step}`;
      this.hits.set(name, (this.hits.get(name) ?? 0) + 1);
      armed.strike();
    }
  }
}
