/** Who may come in: from the fields of the form to what the API wants. */
import { byId, show } from './dom.js';

/** What holds where nothing was chosen. */
const OPEN = Object.freeze({
  pin: false,
  host_pin: false,
  lobby: false,
  waits_for_host: false,
  ends_with_host: false,
  press_1: true,
  announces_names: false,
  participants_max: null,
});

const CHECKS = {
  lobby: 'lobby',
  waits_for_host: 'waits-for-host',
  ends_with_host: 'ends-with-host',
  press_1: 'press-1',
  announces_names: 'announces-names',
};
const PINS = { pin: 'pin', host_pin: 'host-pin' };

/** What has the fields be shown at once. */
const TELLING = [...Object.keys(PINS), 'lobby', 'waits_for_host', 'ends_with_host', 'announces_names'];

/** The conference's access as the API has it, while the form changes one. */
let before = OPEN;

/**
 * The change that leads from `former`, as the API shows it, to what was `chosen`: `{access}`, without what stays as
 * it is, or `{complaint: {field, message}}`. A PIN is chosen as a text: the one that is set, which nobody can
 * read, stays if that is empty; null is none.
 */
export function accessOf(chosen, former = OPEN) {
  const access = {};
  for (const name of Object.keys(CHECKS)) {
    if (chosen[name] !== former[name]) access[name] = chosen[name];
  }
  for (const name of Object.keys(PINS)) {
    const pin = chosen[name];
    if (pin === null && former[name]) access[name] = null;
    if (pin === '' && !former[name]) {
      return { complaint: { field: name, message: 'Type a PIN of 4 to 10 digits.' } };
    }
    if (pin) access[name] = pin;
  }
  const { participants_max: most } = chosen;
  if (most !== former.participants_max) access.participants_max = most;
  return { access };
}

/** The fields by their names in the API, where the server's complaints are shown. */
export function accessFields() {
  const pins = Object.entries(PINS).map(([name, id]) => [name, byId(id)]);
  return { ...Object.fromEntries(pins), participants_max: byId('participants-max') };
}

/** Shows a PIN's field when one is wanted. */
export function prepareAccess() {
  for (const id of Object.values(PINS)) {
    byId(`has-${id}`).addEventListener('change', () => followPins());
  }
  fillAccess();
}

/** What the fields mean now; see `accessOf`. */
export function readAccess() {
  const checks = Object.entries(CHECKS).map(([name, id]) => [name, byId(id).checked]);
  const pins = Object.entries(PINS).map(([name, id]) => {
    return [name, byId(`has-${id}`).checked ? byId(id).value.trim() : null];
  });
  const most = byId('participants-max').valueAsNumber;
  const chosen = Object.fromEntries([...checks, ...pins]);
  return accessOf({ ...chosen, participants_max: Number.isNaN(most) ? null : most }, before);
}

/** Fills the fields with a conference's access; without one, for a new conference. */
export function fillAccess(access = OPEN) {
  before = access;
  for (const [name, id] of Object.entries(CHECKS)) byId(id).checked = access[name];
  for (const [name, id] of Object.entries(PINS)) {
    byId(`has-${id}`).checked = access[name];
    byId(id).value = '';
    byId(id).placeholder = access[name] ? 'as it is' : '4 to 10 digits';
  }
  byId('participants-max').value = access.participants_max ?? '';
  byId('access').open = TELLING.some((name) => access[name] !== OPEN[name]);
  followPins();
}

function followPins() {
  for (const id of Object.values(PINS)) {
    const { checked } = byId(`has-${id}`);
    byId(`has-${id}`).setAttribute('aria-expanded', String(checked));
    show(byId(`${id}-field`), checked);
  }
}
