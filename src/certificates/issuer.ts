// Keys and certificates. The authority signs one certificate for each service, which bears the service's name and may be
// shown as a server and as a client. Elliptic curves: their handshake costs the least.
import 'reflect-metadata';
import { createPrivateKey, webcrypto, type webcrypto as WebCrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 24 * 60 * 60 * 1_000;

/** From when until when a certificate is valid. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** A day of the past is included, for hosts whose clocks are behind. */
export function periodOf(days: number, now = new Date()): Period {
  return { from: new Date(now.getTime() - dayMs), to: new Date(now.getTime() + days * dayMs) };
}

/** Who signs. */
export interface Authority {
  readonly certificate: X509Certificate;
  readonly key: WebCrypto.CryptoKey;
}

/** Makes an authority that signs certificates of services, and none of other authorities. */
export async function createAuthority(period: Period): Promise<Authority> {
  const keys = await createKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=stock-server authority',
    notBefore: period.from,
    notAfter: period.to,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, key: keys.privateKey };
}

/** Makes a key and a certificate of a service. @returns both, PEM */
export async function issue(authority: Authority, service: string, period: Period): Promise<string> {
  const keys = await createKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${service}`,
    issuer: authority.certificate.subject,
    notBefore: period.from,
    notAfter: period.to,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: service }]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  return toPem({ certificate, key: keys.privateKey });
}

/** Key and certificate, as the files have them. */
export async function toPem({ certificate, key }: Authority): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key);
  const privateKey = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' });
  return `${String(privateKey.export({ format: 'pem', type: 'pkcs8' }))}${certificate.toString('pem')}\n`;
}

/** The reverse of `toPem`. @throws it is something else */
export async function fromPem(pem: string): Promise<Authority> {
  const key = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
  const [text = ''] = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(pem) ?? [];
  return {
    certificate: new X509Certificate(text),
    key: await webcrypto.subtle.importKey('pkcs8', key, algorithm, true, ['sign']),
  };
}

function createKeys(): Promise<WebCrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
