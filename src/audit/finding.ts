/** What can be wrong with the state of a system. */
export type FindingKind =
  | 'damage'
  | 'gap'
  | 'difference'
  | 'key twice'
  | 'stock sum'
  | 'negative stock'
  | 'unknown stock'
  | 'term'
  | 'lag';

export interface Finding {
  readonly kind: FindingKind;
  /** One sentence that names the file or replica. */
  readonly text: string;
}
