import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerCertificate } from 'node:tls';
import { expect } from 'chai';
import { createAuthority, issue, periodOf, type Authority } from '../../../src/certificates/issuer.js';
import { ConfigError } from '../../../src/shared/config.js';
import { bearerOf, readIdentity } from '../../../src/shared/tls-identity.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

describe('the identity of a process', () => {
  const directory = useTemporaryDirectory();
  const path = (name: string) => join(directory(), 'order-2', name);
  const read = () => readIdentity({ TLS: 'mutual', TLS_DIR: directory() }, 'order-2');
  let authority: Authority;
  let other: Authority;

  before(async () => {
    authority = await createAuthority(periodOf(30));
    other = await createAuthority(periodOf(30));
  });

  beforeEach(async () => {
    mkdirSync(join(directory(), 'order-2'));
    writeFileSync(path('ca.crt'), authority.certificate.toString('pem'));
    writeFileSync(path('identity.pem'), await issue(authority, 'order-2', periodOf(2)));
  });

  function expectRefusal(file: string, saying: RegExp): void {
    expect(read).to.throw(ConfigError, saying).with.property('message').that.includes(path(file));
    expect(read).to.throw(/; put the right one there, run "npx stock certificates", or set TLS=off$/);
  }

  it('is what its files say', () => {
    const identity = read();
    expect(identity?.own.toString()).to.equal(readFileSync(path('identity.pem'), 'utf8'));
    expect((identity?.expires.getTime() ?? 0) - Date.now()).to.be.within(1.9 * 86_400_000, 2 * 86_400_000);
  });

  it('is not asked for with TLS=off', () => {
    expect(readIdentity({ TLS: 'off', TLS_DIR: '/nowhere' }, 'order-2')).to.equal(undefined);
  });

  for (const file of ['ca.crt', 'identity.pem']) {
    it(`is refused without ${file}`, () => {
      rmSync(path(file));
      expectRefusal(file, /cannot be read \(ENOENT\)/);
    });

    it(`is refused if ${file} is no certificate`, () => {
      writeFileSync(path(file), 'nonsense');
      expectRefusal(file, /holds no certificate in PEM form/);
    });

    it(`is refused if ${file} cannot be read`, function () {
      if (process.getuid?.() === 0) {
        rmSync(path(file));
        mkdirSync(path(file));
      } else {
        chmodSync(path(file), 0);
      }
      expectRefusal(file, /cannot be read \(E(ACCES|ISDIR)\)/);
    });
  }

  it('is refused without a private key', () => {
    const text = readFileSync(path('identity.pem'), 'utf8');
    writeFileSync(path('identity.pem'), text.slice(text.indexOf('-----BEGIN CERTIFICATE')));
    expectRefusal('identity.pem', /holds no private key in PEM form/);
  });

  it('is refused with the private key of another certificate', async () => {
    const mine = readFileSync(path('identity.pem'), 'utf8');
    writeFileSync(path('identity.pem'), mine.slice(mine.indexOf('-----BEGIN CERTIFICATE')));
    const foreign = await issue(authority, 'order-2', periodOf(2));
    appendFileSync(path('identity.pem'), foreign.slice(0, foreign.indexOf('-----BEGIN CERTIFICATE')));
    expectRefusal('identity.pem', /the private key does not belong to the certificate/);
  });

  it('is refused if another authority issued it', async () => {
    writeFileSync(path('identity.pem'), await issue(other, 'order-2', periodOf(2)));
    expectRefusal('identity.pem', /was not issued by the authority of/);
  });

  it('is refused after its end', async () => {
    writeFileSync(path('identity.pem'), await issue(authority, 'order-2', periodOf(-0.5)));
    expectRefusal('identity.pem', /is valid from .* to .*, and not now/);
  });

  it('is refused before its beginning', async () => {
    const future = periodOf(2, new Date(Date.now() + 5 * 86_400_000));
    writeFileSync(path('identity.pem'), await issue(authority, 'order-2', future));
    expectRefusal('identity.pem', /is valid from .* to .*, and not now/);
  });

  it('is refused after the end of its authority', async () => {
    const ended = await createAuthority(periodOf(-0.5));
    writeFileSync(path('ca.crt'), ended.certificate.toString('pem'));
    writeFileSync(path('identity.pem'), await issue(ended, 'order-2', periodOf(2)));
    expectRefusal('ca.crt', /is valid from .* to .*, and not now/);
  });

  it('is refused if it is that of another service', async () => {
    writeFileSync(path('identity.pem'), await issue(authority, 'order-3', periodOf(2)));
    expectRefusal('identity.pem', /is not a certificate of order-2 \(DNS:order-3\)/);
  });
});

describe('the bearer of a certificate', () => {
  const certificate = (subjectaltname: string | undefined, CN = 'somebody') =>
    ({ subject: { CN }, subjectaltname }) as unknown as PeerCertificate;

  it('is the service that it names', () => {
    expect(bearerOf(certificate('DNS:order-2'))).to.equal('order-2');
    expect(bearerOf(certificate('DNS:10.0.0.7, DNS:catalog'))).to.equal('catalog');
  });

  it('is nobody if it names no service, or two', () => {
    expect(bearerOf(certificate('DNS:order-4'))).to.equal(undefined);
    expect(bearerOf(certificate('DNS:order-2, DNS:order-3'))).to.equal(undefined);
    expect(bearerOf(certificate('DNS:elsewhere', 'order-2'))).to.equal(undefined);
  });

  it('is nobody without a certificate', () => {
    expect(bearerOf(undefined)).to.equal(undefined);
    expect(bearerOf({} as PeerCertificate)).to.equal(undefined);
  });
});
