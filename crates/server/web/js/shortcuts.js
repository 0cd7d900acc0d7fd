/**
 * Keys that work anywhere on the page during a call: M mutes and unmutes, and holding the space bar
 * talks while muted. Never while something is typed or a control has the focus that knows the key
 * itself, and not at all for who turned them off (WCAG 2.2, 2.1.4).
 */

const TYPED_INTO = 'input:not([type="checkbox"]), textarea, select, [contenteditable]';
const OPERATED = 'button, a, summary, input, textarea, select, [contenteditable]';

/** What a pressed key means: `toggle`, `talk` or null. */
export function meaningOf({ key, code, repeat, ctrlKey, altKey, metaKey, target, defaultPrevented }) {
  if (ctrlKey || altKey || metaKey || defaultPrevented) return null;
  if (key.toLowerCase() === 'm') return repeat || target.closest?.(TYPED_INTO) ? null : 'toggle';
  if (code === 'Space') return target.closest?.(OPERATED) ? null : 'talk';
  return null;
}

export class Shortcuts {
  #isOn;
  #on;
  #isTalking = false;

  /** `isOn()`: whether keys mean anything now; `toggle()`, `talk(pressed)`: what they do. */
  constructor(isOn, { toggle, talk }) {
    this.#isOn = isOn;
    this.#on = { toggle, talk };
    document.addEventListener('keydown', (event) => this.#press(event));
    document.addEventListener('keyup', (event) => event.code === 'Space' && this.#release());
    window.addEventListener('blur', () => this.#release());
  }

  #press(event) {
    const meaning = meaningOf(event);
    if (meaning === null || !this.#isOn() || document.querySelector('dialog[open]')) return;
    event.preventDefault(); // the space bar would scroll
    if (meaning === 'toggle') this.#on.toggle();
    else if (!event.repeat) this.#hold();
  }

  #hold() {
    this.#isTalking = true;
    this.#on.talk(true);
  }

  #release() {
    if (!this.#isTalking) return;
    this.#isTalking = false;
    this.#on.talk(false);
  }
}
