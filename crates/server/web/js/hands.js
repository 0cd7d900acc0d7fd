/** My raised hand: one button for each way in, both of the same hand. */
import { raiseHand } from './api.js';
import { byId, setText, show } from './dom.js';

export class Hands {
  #key;
  #refused;
  #calls = {};
  #isUp = false;

  /** `refused` hears the problem when a hand couldn't be raised. */
  constructor(key, refused) {
    this.#key = key;
    this.#refused = refused;
  }

  start() {
    byId('hand').addEventListener('click', () => this.#toggle(this.#calls.phone?.id));
    byId('browser-hand').addEventListener('click', () => this.#toggle(this.#calls.browser?.secret));
  }

  /** Shows my hand as `people` has it; `calls` has the states of my `phone` and my `browser`. */
  render(people, calls) {
    this.#calls = calls;
    const ways = { hand: calls.phone, 'browser-hand': calls.browser };
    const mine = Object.values(ways).map(({ participant }) => people.get(participant));
    this.#isUp = mine.some((me) => me?.hand);
    for (const [name, { phase }] of Object.entries(ways)) {
      show(byId(name), phase === 'in');
      byId(name).setAttribute('aria-pressed', String(this.#isUp));
      setText(byId(`${name}-text`), this.#isUp ? 'Lower hand' : 'Raise hand');
    }
  }

  #toggle(secret) {
    if (secret) raiseHand(this.#key, secret, !this.#isUp).catch(this.#refused);
  }
}
