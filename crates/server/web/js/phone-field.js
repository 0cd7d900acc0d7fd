/**
 * The phone number field: a country and a number in any usual form. The server's library judges the
 * number; this only helps to type it, and remembers it on the device if asked to.
 */
import { callingCode, countries, regionOf } from './countries.js';
import { acceptField, refuseField } from './field.js';
import { rememberCaller, rememberedCaller } from './memory.js';

/** What the form says about the caller, ready to be sent: blanks trimmed, an empty name left out. */
export function callerOf({ number, country, name }) {
  const caller = { number: number.trim(), country };
  const trimmed = name.trim();
  return trimmed ? { ...caller, name: trimmed } : caller;
}

/** Why a number can't even be sent, or null. Everything else is for the server to judge. */
export function complaintAbout(number) {
  if (number.trim() === '') return 'Type your phone number.';
  if (!/\d/.test(number)) return 'A phone number has digits.';
  return null;
}

/** The fields of the *Call me* form, given as elements. */
export class PhoneField {
  #country;
  #code;
  #number;
  #name;
  #remember;

  constructor({ country, code, number, name, remember }) {
    this.#country = country;
    this.#code = code;
    this.#number = number;
    this.#name = name;
    this.#remember = remember;
    this.#listCountries();
    country.addEventListener('change', () => {
      this.#showCode();
      acceptField(number);
    });
    number.addEventListener('input', () => this.#followNumber());
    remember.addEventListener('change', () => {
      if (!remember.checked) rememberCaller(null);
    });
  }

  /** Fills in who called last from this device, or else the conference's default country. */
  prefill(defaultCountry) {
    const caller = rememberedCaller();
    this.#remember.checked = caller !== null;
    this.#number.value ||= caller?.number ?? '';
    this.#name.value ||= caller?.name ?? '';
    for (const region of [caller?.country, defaultCountry, 'US']) {
      if (region && callingCode(region)) {
        this.#country.value = region;
        break;
      }
    }
    this.#showCode();
  }

  /** The caller as typed. */
  get caller() {
    return callerOf({
      number: this.#number.value,
      country: this.#country.value,
      name: this.#name.value,
    });
  }

  /** The name as typed, blanks trimmed. */
  get name() {
    return this.#name.value.trim();
  }

  /** Whether there is a number that can be sent; if not, the field says why. */
  check() {
    const complaint = complaintAbout(this.#number.value);
    if (complaint) refuseField(this.#number, complaint);
    else acceptField(this.#number);
    return complaint === null;
  }

  /** Keeps the caller on the device if the box is ticked. */
  remember() {
    if (this.#remember.checked) rememberCaller(this.caller);
  }

  #listCountries() {
    const options = countries().map(({ region, name, code }) => {
      return new Option(`${name} +${code}`, region);
    });
    this.#country.replaceChildren(...options);
  }

  /** A number typed with its calling code chooses the country by itself. */
  #followNumber() {
    const region = regionOf(this.#number.value, this.#country.value);
    if (!region) return;
    this.#country.value = region;
    this.#showCode();
  }

  #showCode() {
    this.#code.textContent = `+${callingCode(this.#country.value)}`;
  }
}
