const requestIdPattern = /^[A-Za-z0-9._:-]{1,128}$/;

/** Names requests: by the caller's X-Request-ID, or by a number that is unique for this process. */
export class RequestIds {
  readonly #instanceId: string;
  #count = 0;

  constructor(instanceId: string) {
    this.#instanceId = instanceId;
  }

  /** @param given the caller's id; whatever does not look like one is replaced */
  next(given: string | readonly string[] | undefined): string {
    if (typeof given === 'string' && requestIdPattern.test(given)) {
      return given;
    }
    this.#count += 1;
    return `${this.#instanceId}-${this.#count.toString(36)}`;
  }
}
