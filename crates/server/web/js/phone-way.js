/** The way by phone: its form and its card, with my call behind them. */
import { announce } from './announcer.js';
import { isUnderWay } from './call.js';
import { cardState, progressWords, renderCall, renderElapsed } from './call-view.js';
import { byId } from './dom.js';
import { describeEnding } from './endings.js';
import { clearProblems, showProblem } from './field.js';
import { MyCall } from './my-call.js';

export class PhoneWay {
  #call;
  #field;
  #on;

  /**
   * `field` is the form's `PhoneField`. `on` hears: `change()`, and `refused(problem)` when no call
   * was placed. It answers: `roster()`, `browser()` with the secret of my session by browser or
   * null, and `proof()` with what I show when I come in.
   */
  constructor(key, field, on) {
    this.#field = field;
    this.#on = on;
    const change = (call, before) => this.#changed(call, before);
    const { roster, browser, proof } = on;
    this.#call = new MyCall(key, { roster, browser, proof, change });
  }

  start() {
    byId('call-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId('cancel').addEventListener('click', () => this.leave());
    byId('hang-up').addEventListener('click', () => this.leave());
    byId('mute').addEventListener('click', () => {
      this.#attempt(() => this.#call.setMuted(!this.state.muted));
    });
    byId('call-again').addEventListener('click', () => this.#callAgain());
    byId('other-number').addEventListener('click', () => this.#toForm());
    this.#call.resume();
  }

  get state() {
    return this.#call.state;
  }

  /** The secret of my call while there is one, else null. */
  get secret() {
    return isUnderWay(this.state) ? this.state.id : null;
  }

  /** What is going on, for the window's title; empty when it needs no attention. */
  get headline() {
    const waits = isUnderWay(this.state) && this.state.phase !== 'in';
    return waits ? progressWords(this.state).status : '';
  }

  /** What the card shows; see `cardState`. */
  card(conference) {
    return cardState(conference, this.state);
  }

  /** Takes in an event of the stream. */
  take(event) {
    this.#call.take(event);
  }

  /** Cancels or hangs up, if there is a call. */
  leave() {
    if (isUnderWay(this.state)) this.#attempt(() => this.#call.leave());
  }

  render({ conference, speaking, byBrowser, now }) {
    const call = this.state;
    renderCall({
      conference,
      call,
      speaking: speaking && !call.muted,
      canRepeat: this.#call.canRepeat,
      byBrowser,
      now,
    });
  }

  renderElapsed(now) {
    renderElapsed(this.state, now);
  }

  async #submit() {
    if (!this.#field.check()) return;
    this.#field.remember();
    await this.#place(() => this.#call.place(this.#field.caller));
  }

  async #callAgain() {
    if (this.#call.canRepeat) await this.#place(() => this.#call.repeat());
    else this.#toForm();
  }

  #toForm() {
    this.#call.reset();
    this.#on.change();
    byId('number').focus();
  }

  /** Runs a request that has my phone rung; a refusal is shown in the form. */
  async #place(request) {
    clearProblems();
    try {
      await request();
    } catch (problem) {
      this.#on.change();
      const [number, name, pin] = [byId('number'), byId('name'), byId('pin')];
      const fields = { number, country: number, name, pin };
      showProblem(problem, fields, byId('call-problem'));
      this.#on.refused(problem);
    }
  }

  /** Runs a request about a call under way; a refusal is shown in the card. */
  async #attempt(request) {
    clearProblems();
    try {
      await request();
    } catch (problem) {
      showProblem(problem, {}, byId('progress-problem'));
    }
  }

  #changed(call, before) {
    const way = this.#on.browser() === null ? 'phone' : 'second';
    if (call.phase !== before.phase || call.muted !== before.muted) announceCall(call, way);
    this.#on.change();
  }
}

function announceCall(call, way) {
  if (call.phase === 'idle') return;
  if (call.phase === 'ended') {
    const { title, text } = describeEnding(call.ending, way);
    announce(`${title}. ${text}`);
  } else {
    announce(`${progressWords(call).status}.`);
  }
}
