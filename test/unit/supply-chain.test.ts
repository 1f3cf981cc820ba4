// What the lockfile lets in at run time.
import { readFileSync } from 'node:fs';
import { expect } from 'chai';

interface LockedPackage {
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

/** Licences that let anybody run, change and pass on, and ask for no more than their text. */
const allowedLicences = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
]);

/** Theirs only warns of versions; the image is built without running any. */
const harmlessScripts = ['protobufjs'];

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const production = Object.entries(packages)
  .filter(([path, { dev }]) => path !== '' && dev !== true)
  .map(([path, locked]) => ({ ...locked, name: path.split('node_modules/').at(-1) as string }));

function isAllowed(licence: string): boolean {
  return licence
    .replaceAll(/[()]/g, '')
    .split(' AND ')
    .every((part) => allowedLicences.has(part));
}

describe('packages that are needed at run time', () => {
  it('are some, so that the rest means something', () => {
    expect(production.length).to.be.greaterThan(100);
    expect(production.map(({ name }) => name)).to.include.members(['koa', 'nice-grpc']);
  });

  it('have licences that allow their use', () => {
    const others = production.filter(({ license = 'none' }) => !isAllowed(license));
    expect(others.map(({ name, license }) => `${name}: ${license ?? 'none'}`)).to.deep.equal([]);
  });

  it('are the same on every processor: nothing is compiled, and nothing is for one kind only', () => {
    const special = production.filter(
      ({ name, hasInstallScript, os, cpu }) =>
        (hasInstallScript && !harmlessScripts.includes(name)) || os || cpu,
    );
    expect(special.map(({ name }) => name)).to.deep.equal([]);
  });

  it('are known by their checksum, so that a build takes these and no others', () => {
    const unknown = Object.entries(packages).filter(
      ([path, { integrity = '' }]) => path !== '' && !integrity.startsWith('sha512-'),
    );
    expect(unknown.map(([path]) => path)).to.deep.equal([]);
  });
});
