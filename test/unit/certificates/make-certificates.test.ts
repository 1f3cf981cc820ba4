import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeCertificates } from '../../../src/certificates/make-certificates.js';
import { ConfigError } from '../../../src/shared/config.js';
import { serviceNames } from '../../../src/shared/service-names.js';
import { readIdentity } from '../../../src/shared/tls-identity.js';
import { contents } from '../../support/process-outcome.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const dayMs = 86_400_000;

describe('the certificates', function () {
  this.timeout(20_000);
  const directory = useTemporaryDirectory();
  const path = (...names: string[]) => join(directory(), ...names);
  const certificate = (...names: string[]) => new X509Certificate(readFileSync(path(...names)));
  const readAll = () =>
    serviceNames.map((service) => readIdentity({ TLS: 'mutual', TLS_DIR: directory() }, service));

  it('can be used by every service at once', async () => {
    expect(await makeCertificates(directory())).to.include({ isNewAuthority: true });
    expect(readAll()).to.have.length(5).and.not.include(undefined);
  });

  it('name one service each, for two years, and no authority but the one', async () => {
    await makeCertificates(directory());
    for (const service of serviceNames) {
      const own = certificate(service, 'identity.pem');
      expect(own.subjectAltName).to.equal(`DNS:${service}`);
      expect(own.ca).to.equal(false);
      expect((new Date(own.validTo).getTime() - Date.now()) / dayMs).to.be.within(729, 731);
      expect(own.verify(certificate('authority', 'identity.pem').publicKey)).to.equal(true);
    }
  });

  it('give a service its own key and no other', async () => {
    await makeCertificates(directory());
    expect(readdirSync(directory())).to.have.members([...serviceNames, 'authority']);
    for (const service of serviceNames) {
      expect(readdirSync(path(service))).to.have.members(['ca.crt', 'identity.pem']);
      expect(readFileSync(path(service, 'ca.crt'), 'utf8')).not.to.include('PRIVATE KEY');
      expect(readFileSync(path(service, 'identity.pem'), 'utf8').match(/PRIVATE KEY/g)).to.have.length(2);
    }
  });

  it('are kept from other users', async () => {
    await makeCertificates(directory());
    for (const folder of [...serviceNames, 'authority']) {
      expect(statSync(path(folder, 'identity.pem')).mode & 0o777, folder).to.equal(0o600);
    }
  });

  it('are all new in the next run, with the same authority', async () => {
    await makeCertificates(directory());
    const before = await contents(directory());
    expect(await makeCertificates(directory())).to.include({ isNewAuthority: false });
    const after = await contents(directory());
    for (const [file, text] of Object.entries(before)) {
      const isRenewed = file.endsWith('identity.pem') && !file.includes('authority');
      expect(after[file] !== text, file).to.equal(isRenewed);
    }
    expect(readAll()).not.to.include(undefined);
  });

  it('are left as they are if they came from elsewhere', async () => {
    await makeCertificates(directory());
    rmSync(path('authority'), { recursive: true });
    const before = await contents(directory());
    expect(await makeCertificates(directory())).to.deep.equal({ expires: undefined, isNewAuthority: false });
    expect(await contents(directory())).to.deep.equal(before);
  });

  it('are not made by an authority that is damaged', async () => {
    await makeCertificates(directory());
    writeFileSync(path('authority', 'identity.pem'), 'nonsense');
    const error: unknown = await makeCertificates(directory()).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as Error).message).to.include(path('authority', 'identity.pem'));
  });

  it('are not made where nothing can be written', async () => {
    writeFileSync(path('file'), '');
    const error: unknown = await makeCertificates(path('file', 'tls')).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as Error).message).to.match(/cannot be used \(ENOTDIR\): set TLS_DIR/);
  });

  it('are good to OpenSSL, too', async function () {
    try {
      execFileSync('openssl', ['version']);
    } catch {
      this.skip();
    }
    await makeCertificates(directory());
    const args = [
      'verify',
      '-x509_strict',
      '-CAfile',
      path('order-1', 'ca.crt'),
      path('catalog', 'identity.pem'),
    ];
    expect(execFileSync('openssl', args, { encoding: 'utf8' })).to.match(/: OK$/m);
  });
});
