import type { Command } from 'commander';
import { globalOptions } from '../global-options.js';
import { print, printJson } from '../output.js';

const explanation = `
Each service gets a folder of its own in TLS_DIR (default: DATA_DIR/tls), with its key and its certificate, and the
certificate of the authority that all of them trust. The authority's own key stays in the folder "authority", which no
service needs. Where services run on several hosts, copy to each host the folders of its services, and nothing else.

Each run makes new keys under the same authority, good for two years. A service takes its new one at its next start;
until then the old one is good. Certificates that were brought from elsewhere are left as they are.

Examples:
  stock certificates
  TLS_DIR=/etc/stock-server stock certificates`;

export function addCertificates(program: Command): void {
  program
    .command('certificates')
    .description('Makes the certificates with which services know each other (TLS=mutual).')
    .addHelpText('after', explanation)
    .action(async (_options: object, command: Command) => {
      const { config, json } = globalOptions(command);
      const directory = config.TLS_DIR;
      // Only here: it takes longer to load than the rest of the command line.
      const { makeCertificates } = await import('../../certificates/make-certificates.js');
      const { expires, isNewAuthority } = await makeCertificates(directory);
      await (json
        ? printJson({ directory, expires: expires ?? null, isNewAuthority })
        : print(summary(directory, expires, isNewAuthority)));
    });
}

function summary(directory: string, expires: Date | undefined, isNewAuthority: boolean): string {
  if (!expires) {
    return `${directory} holds certificates of another authority: left as they are.`;
  }
  const until = `until ${expires.toISOString().slice(0, 10)}`;
  return isNewAuthority
    ? `Made an authority, and certificates for all services, in ${directory}: good ${until}.`
    : `Made new certificates for all services in ${directory}: good ${until}, in use from the next start on.`;
}
