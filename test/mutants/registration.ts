/** Node's options for a process that may be a mutant. */
export const registration = ['--import', new URL('register.js', import.meta.url).href];

/** Says which mutant it is; none if undefined. */
export function mutantEnvironment(mutantName: string | undefined): NodeJS.ProcessEnv {
  return { ...process.env, MUTANT: mutantName ?? '' };
}
