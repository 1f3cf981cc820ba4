/** An answer to a request that could not be fulfilled. The one place where codes and messages become REST answers. */
export class ApiError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status HTTP status, and `code` in the body
   * @param message for the client
   */
  constructor(
    status: number,
    message: string,
    options: ErrorOptions & { headers?: Record<string, string> } = {},
  ) {
    super(message, options);
    this.status = status;
    this.headers = { ...(status === 503 && { 'Retry-After': '1' }), ...options.headers };
  }
}

/** The body of every error. */
export function errorBody(status: number, message: string): string {
  return JSON.stringify({ error: { code: status, message } });
}
