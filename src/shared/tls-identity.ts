// Who this process is, and how it knows the others: its certificate and key, and the authority that issued all of them.
// A certificate bears the name of one service, and that name is all that counts: hosts and addresses may be any.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { ConfigError, type Config } from './config.js';
import { serviceNames, type ServiceName } from './service-names.js';

/** The file of the authority's certificate, in the directory of a service. */
export const authorityFile = 'ca.crt';
/** The file of a private key and its certificate: in one, so that both are replaced by one rename. */
export const identityFile = 'identity.pem';

export interface TlsIdentity {
  readonly service: ServiceName;
  /** Certificate of the authority, PEM: whom it has not certified is a stranger. */
  readonly authority: Buffer;
  /** This process's private key and certificate, PEM. */
  readonly own: Buffer;
  /** When the certificate ends; a process must have been started anew before. */
  readonly expires: Date;
}

/** What Node's TLS needs, as a server and as a client. */
export function secureOptions({ authority, own }: TlsIdentity): { ca: Buffer; cert: Buffer; key: Buffer } {
  return { ca: authority, cert: own, key: own };
}

/**
 * Reads what `TLS_DIR/<service>/` holds.
 * @returns undefined with TLS=off
 * @throws ConfigError it is missing, unreadable, of somebody else, or not valid now
 */
export function readIdentity(
  { TLS, TLS_DIR }: Pick<Config, 'TLS' | 'TLS_DIR'>,
  service: ServiceName,
): TlsIdentity | undefined {
  if (TLS === 'off') {
    return undefined;
  }
  const authorityPath = join(TLS_DIR, service, authorityFile);
  const ownPath = join(TLS_DIR, service, identityFile);
  const authority = readPem(authorityPath);
  const own = readPem(ownPath);
  const certificate = parseCertificate(own, ownPath);
  const issuer = parseCertificate(authority, authorityPath);
  if (!certificate.checkPrivateKey(parseKey(own, ownPath))) {
    throw new ConfigError(`${ownPath}: the private key does not belong to the certificate; ${remedy}`);
  }
  if (!certificate.verify(issuer.publicKey)) {
    throw new ConfigError(`${ownPath} was not issued by the authority of ${authorityPath}; ${remedy}`);
  }
  checkTime(issuer, authorityPath);
  checkTime(certificate, ownPath);
  if (certificate.checkHost(service) === undefined) {
    throw new ConfigError(
      `${ownPath} is not a certificate of ${service} (${certificate.subjectAltName}); ${remedy}`,
    );
  }
  return { service, authority, own, expires: new Date(certificate.validTo) };
}

const remedy = 'put the right one there, run "npx stock certificates", or set TLS=off';

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${path} cannot be read (${code}); ${remedy}`, { cause: error });
  }
}

function parseCertificate(pem: Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new ConfigError(`${path} holds no certificate in PEM form; ${remedy}`, { cause: error });
  }
}

function parseKey(pem: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new ConfigError(`${path} holds no private key in PEM form; ${remedy}`, { cause: error });
  }
}

function checkTime({ validFrom, validTo }: X509Certificate, path: string): void {
  const now = new Date();
  if (now < new Date(validFrom) || now > new Date(validTo)) {
    throw new ConfigError(`${path} is valid from ${validFrom} to ${validTo}, and not now; ${remedy}`);
  }
}

/** The service that a certificate names, if it is exactly one: Node's rules for names of servers hold for callers too. */
export function bearerOf(certificate: PeerCertificate | undefined): ServiceName | undefined {
  if (!certificate?.subject) {
    return undefined;
  }
  const names = serviceNames.filter((name) => checkServerIdentity(name, certificate) === undefined);
  return names.length === 1 ? names[0] : undefined;
}
