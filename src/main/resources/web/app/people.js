// Users: their ids in the service's several spellings, and how they are shown.

import { el } from './dom.js';

/** The raw id, from an identifier of a REST body, of an event, or a plain string. */
export function rawId(identifier) {
  if (!identifier || typeof identifier === 'string') {
    return identifier ?? undefined;
  }
  return identifier.communicationUserId ?? identifier.rawId ?? identifier.communicationUser?.id ?? rawId(identifier.id);
}

export function identifier(id) {
  return id.startsWith('8:acs:') ? { communicationUser: { id } } : { rawId: id };
}

const HUES = 6;

export function avatar(id, name) {
  const letters = (name || '?').trim().split(/\s+/).map((word) => [...word][0]);
  const initials = (letters.length > 1 ? letters[0] + letters.at(-1) : letters[0]).toUpperCase();
  return el('span', { class: `avatar hue-${hue(id)}`, 'aria-hidden': 'true' }, initials);
}

function hue(id) {
  let sum = 0;
  for (const character of id) {
    sum = (sum * 31 + character.codePointAt(0)) % 9973;
  }
  return sum % HUES;
}

/** "Ada", "Ada and Grace", "Ada, Grace and 3 others". */
export function list(names, most = 3) {
  if (names.length <= 1) {
    return names[0] ?? '';
  }
  const shown = names.length > most ? names.slice(0, most - 1) : names.slice(0, -1);
  const rest = names.length - shown.length;
  return `${shown.join(', ')} and ${rest === 1 ? names.at(-1) : `${rest} others`}`;
}
