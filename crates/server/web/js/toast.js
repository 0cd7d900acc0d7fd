/** A short message at the edge of the screen, for failures that belong to no field. */
import { byId, setText, show } from './dom.js';

const SHOWN_MS = 6_000;

let timer = null;

export function toast(message) {
  const element = byId('toast');
  clearTimeout(timer);
  setText(element, message);
  show(element, true);
  timer = setTimeout(() => show(element, false), SHOWN_MS);
}
