/**
 * My call with its effects: places, reads and ends it over the API, keeps its id for a reload, and
 * takes in what the event stream says. The rules of its states are in call.js.
 */
import { endCall, muteCall, placeCall, readCall } from './api.js';
import { IDLE, advance, isUnderWay } from './call.js';
import { retryDelayMs } from './events.js';
import { rememberCall, rememberedCall } from './memory.js';

/** How long the stream has to tell the end of a call that was hung up, before the page asks. */
const END_EXPECTED_MS = 3_000;

export class MyCall {
  #key;
  #on;
  #state = IDLE;
  #lastCaller = null;

  /**
   * `on` hears `change(state, before)`, and answers: `roster()`, `browser()` with the secret of this
   * person's session by browser, or null, and `proof()` with what I show when I come in: `{pin, token}`.
   */
  constructor(key, on) {
    this.#key = key;
    this.#on = on;
  }

  get state() {
    return this.#state;
  }

  /** Whether the number last called is known, which it isn't after a reload. */
  get canRepeat() {
    return this.#lastCaller !== null;
  }

  /** Has `caller` rung. Throws the `Problem` if the server refuses. */
  async place(caller) {
    this.#lastCaller = caller;
    this.#apply({ type: 'place', number: caller.number });
    try {
      const browser = this.#on.browser();
      const { pin, token } = this.#on.proof();
      const call = { ...caller, ...(browser && { browser }), ...(pin && { pin }) };
      const record = await placeCall(this.#key, call, token);
      rememberCall(this.#key, record.id);
      this.#takeRecord(record);
    } catch (problem) {
      this.#apply({ type: 'refused' });
      throw problem;
    }
    if (this.#state.leaving) await this.#end();
  }

  /** Rings the same number again. */
  repeat() {
    return this.place(this.#lastCaller);
  }

  /** After a reload: finds the call that this tab had. */
  async resume() {
    const id = rememberedCall(this.#key);
    if (!id) return;
    this.#apply({ type: 'resume', id });
    await this.#read();
  }

  /** Cancels or hangs up; a call that is still being placed ends as soon as it has a name. */
  async leave() {
    if (this.#state.leaving) return;
    this.#apply({ type: 'leaving', leaving: true });
    if (this.#state.id) await this.#end();
  }

  /** Mutes or unmutes me. Throws the `Problem` if that fails. */
  async setMuted(muted) {
    this.#takeRecord({ ...(await muteCall(this.#key, this.#state.id, muted)), muted });
  }

  /** Back to the form, after the end of a call. */
  reset() {
    this.#apply({ type: 'reset' });
  }

  /** Takes in an event of the stream, after the roster did. */
  take({ type, data }) {
    if (type === 'participant') this.#apply({ type, participant: data });
    if (type === 'left') this.#apply({ type, ...data });
    if (type === 'snapshot') this.#reconcile();
  }

  /** After a break of the stream: what happened to my call meanwhile? */
  #reconcile() {
    const { id, participant } = this.#state;
    if (!isUnderWay(this.#state) || !id) return;
    if (this.#on.roster().people.has(participant)) this.#matchRoster();
    else this.#read();
  }

  async #end() {
    try {
      await endCall(this.#key, this.#state.id);
    } catch (problem) {
      if (problem.status !== 404) {
        this.#apply({ type: 'leaving', leaving: false });
        throw problem;
      }
    }
    setTimeout(() => isUnderWay(this.#state) && this.#read(), END_EXPECTED_MS);
  }

  /** Asks the server about the call, for as long as it can't be reached. */
  async #read(attempt = 0) {
    const { id } = this.#state;
    try {
      this.#takeRecord(await readCall(this.#key, id));
    } catch (problem) {
      if (this.#state.id !== id) return;
      if (problem.isPassing) setTimeout(() => this.#read(attempt + 1), retryDelayMs(attempt));
      else this.#apply({ type: 'vanished' });
    }
  }

  #takeRecord(record) {
    this.#apply({ type: 'call', call: record });
    this.#matchRoster();
  }

  /** The stream may have been faster than the answer that says which participant I am. */
  #matchRoster() {
    const { people, departed } = this.#on.roster();
    const me = this.#state.participant;
    if (people.has(me)) this.#apply({ type: 'participant', participant: people.get(me) });
    else if (departed.has(me)) this.#apply({ type: 'left', id: me, ending: departed.get(me) });
  }

  #apply(event) {
    const before = this.#state;
    this.#state = advance(before, event);
    if (this.#state === before) return;
    if (!isUnderWay(this.#state)) rememberCall(this.#key, null);
    this.#on.change(this.#state, before);
  }
}
