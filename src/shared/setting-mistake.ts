/** What must not be shown in a log. */
const secrets = new Set(['API_KEYS', 'LEDGER_URL', 'OTEL_EXPORTER_OTLP_HEADERS']);

/** The sentence about a setting that is wrong. */
export function notValid(name: string, value: string | number | undefined, why: string): string {
  return `${name}=${secrets.has(name) ? '…' : (value ?? '')} is not valid: ${why}`;
}
