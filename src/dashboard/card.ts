import { html } from './dom.js';

/** A card for a process. */
export interface Card {
  readonly element: HTMLElement;
  /** Beside the name: its role, or how it is. */
  readonly role: HTMLElement;
}

/**
 * @param id of the element
 * @param rows what is known of the process, each with its name
 * @param more what comes below them
 */
export function makeCard(
  id: string,
  name: string,
  rows: readonly (readonly [string, HTMLElement])[],
  ...more: readonly HTMLElement[]
): Card {
  const role = html('span', { class: 'role' });
  const list = html('dl', {}, ...rows.flatMap(([title, shown]) => [html('dt', {}, title), shown]));
  const heading = html('h3', {}, name, role);
  const element = html('article', { class: 'card', id, 'aria-label': name }, heading, list, ...more);
  return { element, role };
}
