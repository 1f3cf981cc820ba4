/**
 * Replaces what stands between two markers, `<!-- name -->` and `<!-- /name -->`.
 * @throws Error they are not there
 */
export function replaceMarked(text: string, name: string, content: string): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start === -1 || end < start) {
    throw new Error(`the document has no ${from} followed by ${to}`);
  }
  return `${text.slice(0, start + from.length)}\n\n${content}\n\n${text.slice(end)}`;
}
