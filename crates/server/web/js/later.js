/**
 * *Call me when it starts*: leaves a number for the set time, takes it back, and tells what became of it.
 */
import { announce } from './announcer.js';
import * as api from './api.js';
import { byId, setText, show } from './dom.js';
import { clearProblems, showProblem } from './field.js';
import { rememberAppointment, rememberedAppointment } from './memory.js';
import { PhoneField } from './phone-field.js';
import { momentText } from './time.js';

/** How often it is asked how my call fares, from the set time on. */
const ASK_INTERVAL_MS = 3_000;

/** What became of a number that was called, by its state in the API. */
const OUTCOMES = {
  in: 'We called you, and you came in.',
  busy: 'We called you twice, and your line was busy.',
  no_answer: 'We called you, and nobody picked up.',
  declined: 'We called you, and the call was declined.',
  not_confirmed: 'We called you, and nobody pressed 1.',
  cancelled: 'This conference doesn’t start then any more: nobody is called.',
};

/**
 * What is said of an appointment as the API gives it: `{state, text}`, where the state is `booked` while it waits
 * and `called` afterwards.
 */
export function laterWords({ state, number, starts_at: startsAt }, zone) {
  if (state !== 'waiting') return { state: 'called', text: OUTCOMES[state] ?? 'We couldn’t call you.' };
  const moment = momentText(Date.parse(startsAt), zone);
  return { state: 'booked', text: `We ring ${number} on ${moment}. Pick up, you’re in.` };
}

export class LaterCall {
  #key;
  #zone;
  #on;
  #field = new PhoneField({
    country: byId('later-country'),
    code: byId('later-country-code'),
    number: byId('later-number'),
    name: byId('later-name'),
    remember: byId('later-remember'),
  });
  /** As the API gives it; null while no number is left. */
  #appointment = null;
  /** The set time that is shown: when it moves, so does my call. */
  #startsAt = null;
  #nextAsk = 0;

  /** `on` hears `change()`, and answers `proof()` with what I show when I come in. */
  constructor(key, zone, on) {
    this.#key = key;
    this.#zone = zone;
    this.#on = on;
  }

  /** Finds the number that this browser has left, if it has. */
  async start() {
    byId('later-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#leave();
    });
    byId('not-later').addEventListener('click', () => this.#withdraw());
    await this.#ask();
  }

  prefill(country) {
    this.#field.prefill(country);
  }

  /** Shows it for a conference; `card` is what the phone's card shows. */
  render({ starts_at: startsAt, access }, card) {
    if (this.#startsAt !== startsAt) {
      this.#startsAt = startsAt;
      if (this.#appointment?.state === 'waiting') this.#ask();
    }
    const state = this.#appointment ? laterWords(this.#appointment, this.#zone).state : 'offered';
    const isOffered = card === 'closed' && startsAt !== null;
    const isTold = ['closed', 'idle'].includes(card);
    show(byId('later'), state === 'offered' ? isOffered : isTold);
    show(byId('later-pin-field'), Boolean(access?.pin));
    byId('later').dataset.state = state;
    show(byId('later-form'), state === 'offered');
    show(byId('later-booked'), state !== 'offered');
    show(byId('not-later'), state === 'booked');
    if (this.#appointment) setText(byId('later-text'), laterWords(this.#appointment, this.#zone).text);
  }

  /** From the set time on, asks now and then what became of my call. */
  tick(now) {
    const { state, starts_at: startsAt } = this.#appointment ?? {};
    if (state !== 'waiting' || now < Date.parse(startsAt) || now < this.#nextAsk) return;
    this.#nextAsk = now + ASK_INTERVAL_MS;
    this.#ask();
  }

  async #leave() {
    const [number, name, pin] = ['later-number', 'later-name', 'later-pin'].map(byId);
    if (!this.#field.check()) return;
    this.#field.remember();
    clearProblems();
    const typed = pin.value.trim();
    const callee = { ...this.#field.caller, ...(typed && { pin: typed }) };
    try {
      this.#take(await api.leaveNumber(this.#key, callee, this.#on.proof().token));
      announce(byId('later-text').textContent);
      byId('later-title').focus({ preventScroll: true });
    } catch (problem) {
      showProblem(problem, { number, country: number, name, pin }, byId('later-problem'));
    }
  }

  async #withdraw() {
    try {
      await api.withdrawAppointment(this.#key, this.#appointment.id);
    } catch (problem) {
      if (problem.status !== 404) {
        setText(byId('later-text'), problem.message);
        return;
      }
    }
    this.#take(null);
    announce('You won’t be called.');
    byId('later-title').focus({ preventScroll: true });
  }

  async #ask() {
    const id = rememberedAppointment(this.#key);
    if (id === null) return;
    try {
      this.#take(await api.readAppointment(this.#key, id));
    } catch (problem) {
      if (!problem.isPassing) this.#take(null);
    }
  }

  #take(appointment) {
    this.#appointment = appointment;
    rememberAppointment(this.#key, appointment?.id ?? null);
    this.#on.change();
  }
}
