// The grammar of a file .env, as far as Node, Compose and our scripts agree on what it says. What each of them reads in its
// own way is refused: a key that is cut at a `#`, or a password in which only Compose replaces `$x`, would be a secret that
// nobody has chosen.
import { ConfigError } from '../shared/config.js';

const assignment = /^\s*(?:export\s+)?([\w.-]+)[ \t]*=[ \t]*(.*)$/;
const nothing = /^\s*(#.*)?$/;
/** What may stand behind the quote that ends a value. */
const afterQuote = /^\s*(\s#.*)?$/;

/** What is wrong with a value without quotes; undefined if nothing is. */
function unquotedMistake(value: string): string | undefined {
  if (/\S#/.test(value)) {
    return 'has a # within a value: put the value in single quotes';
  }
  return value.includes('$') ? 'has a $, which Compose replaces: put the value in single quotes' : undefined;
}

/** The same for what stands between quotes. */
function quotedMistake(value: string, quote: string): string | undefined {
  if (quote === '"' && value.includes('$')) {
    return 'has a $, which Compose replaces: put the value in single quotes';
  }
  return quote === '"' && value.endsWith('\\')
    ? 'has a quote within quotes: put the value in single quotes'
    : undefined;
}

/**
 * The names that a text sets, in order.
 * @param path to name the file
 * @throws ConfigError a line is not what it seems; it is not shown, for it may hold a secret
 */
export function namesSetIn(path: string, text: string): string[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const names: string[] = [];

  function refuse(index: number, mistake: string): never {
    throw new ConfigError(`${path}, line ${index + 1}: ${mistake}`);
  }

  /** @returns the index of the line in which the value ends */
  function readQuoted(start: number, quote: string, first: string): number {
    let value = first;
    for (let index = start; index < lines.length; index += 1, value = lines[index] ?? '') {
      const end = value.indexOf(quote);
      const mistake = quotedMistake(end === -1 ? value : value.slice(0, end), quote);
      if (mistake !== undefined) {
        refuse(index, mistake);
      }
      if (end !== -1) {
        return afterQuote.test(value.slice(end + 1)) ? index : refuse(index, 'has text behind a quote');
      }
    }
    return refuse(start, 'has a quote that nothing ends');
  }

  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] as string;
    if (nothing.test(line)) {
      continue;
    }
    const [, name, value = ''] = assignment.exec(line) ?? refuse(index, 'has no NAME=value');
    names.push(name as string);
    const quote = value.charAt(0);
    if (quote === '"' || quote === "'") {
      index = readQuoted(index, quote, value.slice(1));
      continue;
    }
    const mistake = quote === '`' ? 'has a value in backticks: use single quotes' : unquotedMistake(value);
    if (mistake !== undefined) {
      refuse(index, mistake);
    }
  }
  return names;
}
