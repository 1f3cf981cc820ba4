/** How many letters must be added, taken away or changed to make one word the other (Levenshtein). */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of a.split('').entries()) {
    const line = [row + 1];
    for (const [column, other] of b.split('').entries()) {
      const changed = (above[column] ?? 0) + (letter === other ? 0 : 1);
      line.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above[b.length] ?? 0;
}

/** What people mix up, and what makes no difference to them. */
const plain = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');

/** The name that was probably meant; undefined if none is near. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const word = plain(written);
  const [best] = names
    .map((name) => ({ name, away: distance(word, plain(name)), whole: word.includes(plain(name)) }))
    .filter(({ name, away, whole }) => whole || away <= Math.max(1, Math.floor(plain(name).length / 5)))
    .sort((a, b) => a.away - b.away);
  return best?.name;
}
