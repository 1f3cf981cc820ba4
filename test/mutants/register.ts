// MUTANT=<name> node --import ./dist/test/mutants/register.js <script>: runs a script on that mutant.
import { register } from 'node:module';
import { mutants } from './mutants.js';

const name = process.env.MUTANT;
if (name) {
  const data = mutants.find((mutant) => mutant.name === name);
  if (!data) {
    throw new Error(`there is no mutant "${name}"`);
  }
  register('./hooks.js', import.meta.url, { data });
}
