/** No answer came in time; the outcome is unknown. */
class DeadlineError extends Error {}

/**
 * Runs `call` for at most `ms`.
 * @param giveUp called when the time is over, to stop what is still under way
 * @throws DeadlineError
 */
export async function withDeadline<T>(
  ms: number,
  call: () => Promise<T>,
  giveUp: (reason: string) => void = () => undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const reason = `no answer within ${ms} ms`;
      reject(new DeadlineError(reason));
      giveUp(reason);
    }, ms);
  });
  try {
    return await Promise.race([call(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
