// Makes the certificates of all services, in a folder for each: what a service needs is there, and nothing else. The
// authority's key has a folder of its own, which no service needs. Each run issues new certificates under the same
// authority, so those that are in use stay good: a service takes its new one at its next start, whenever that is.
import { existsSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../shared/append-file.js';
import { ConfigError } from '../shared/config.js';
import { lockDirectory } from '../shared/directory-lock.js';
import { serviceNames } from '../shared/service-names.js';
import { authorityFile, identityFile } from '../shared/tls-identity.js';
import { makeDirectory } from '../shared/volume.js';
import { createAuthority, fromPem, issue, periodOf, toPem, type Authority } from './issuer.js';

const authorityDays = 20 * 365;
const serviceDays = 2 * 365;
const secret = 0o600;
const known = 0o644;

/** What became of the certificates. */
export interface Outcome {
  /** When the certificates end; undefined: there are some of another authority, and nothing was changed. */
  readonly expires: Date | undefined;
  /** Whether the authority is new: what was issued before counts no more. */
  readonly isNewAuthority: boolean;
}

/**
 * Makes, or makes anew, the certificates in `directory`.
 * @throws ConfigError the directory cannot be used
 */
export async function makeCertificates(directory: string): Promise<Outcome> {
  const authorityPath = join(directory, 'authority', identityFile);
  if (!existsSync(authorityPath) && isIssuedElsewhere(directory)) {
    return { expires: undefined, isNewAuthority: false };
  }
  try {
    makeDirectory(join(directory, 'authority'));
    const release = await lockDirectory(join(directory, 'authority'), giveUp);
    if (!release) {
      throw new ConfigError(`${directory} is in use: certificates are being made there, try again`);
    }
    try {
      return await issueAll(directory, authorityPath);
    } finally {
      await release();
    }
  } catch (error) {
    const { path, code } = error as NodeJS.ErrnoException;
    throw path && code
      ? new ConfigError(`${path} cannot be used (${code}): set TLS_DIR to a directory that can be written`, {
          cause: error,
        })
      : error;
  }
}

/** Somebody brought certificates of their own. */
function isIssuedElsewhere(directory: string): boolean {
  return serviceNames.some((service) => existsSync(join(directory, service, identityFile)));
}

function giveUp(error: Error): never {
  throw error;
}

async function issueAll(directory: string, authorityPath: string): Promise<Outcome> {
  const isNewAuthority = !existsSync(authorityPath);
  if (isNewAuthority) {
    await replaceFile(authorityPath, await toPem(await createAuthority(periodOf(authorityDays))), secret);
  }
  const authority = await readAuthority(authorityPath);
  const period = periodOf(serviceDays);
  if (authority.certificate.notAfter < period.to) {
    const end = authority.certificate.notAfter.toISOString();
    throw new ConfigError(
      `${authorityPath} ends on ${end}: stop everything, remove ${directory}, and have all made anew`,
    );
  }
  for (const service of serviceNames) {
    makeDirectory(join(directory, service));
    const certificate = `${authority.certificate.toString('pem')}\n`;
    await replaceFile(join(directory, service, authorityFile), certificate, known);
    await replaceFile(
      join(directory, service, identityFile),
      await issue(authority, service, period),
      secret,
    );
  }
  return { expires: period.to, isNewAuthority };
}

async function readAuthority(path: string): Promise<Authority> {
  const pem = await readFile(path, 'utf8');
  try {
    return await fromPem(pem);
  } catch (error) {
    throw new ConfigError(`${path} is not the key and certificate of an authority: put the right one there`, {
      cause: error,
    });
  }
}

/** As a whole: whoever reads at the same time gets the old one or the new one. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncDirectory(join(path, '..'));
}
