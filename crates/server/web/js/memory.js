/**
 * What the page keeps in the browser, and where.
 *
 * - For the tab only: the access token, hosts' keys, and the secret id of my call for each conference, so that a
 *   reload finds the call again. A call through the browser can't outlive the page: what is kept,
 *   and only while the page is being left, is how to come back.
 * - On the device: the secret id of a number that I have left to be called at a set time; which microphone and loudspeaker were chosen, and that keys alone do nothing.
 *   Only when asked, the phone number and name last used.
 *
 * Storage may be forbidden or full; then the page just forgets.
 */
const TOKEN = 'confab.token';
const HOST = 'confab.host.';
const CALL = 'confab.call.';
const APPOINTMENT = 'confab.appointment.';
const CALLER = 'confab.caller';
const BROWSER = 'confab.browser.';
const DEVICES = 'confab.devices';
const SHORTCUTS = 'confab.shortcuts';

export function rememberedToken() {
  return read('sessionStorage', TOKEN);
}

/** Keeps the token for this tab; null forgets it. */
export function rememberToken(token) {
  write('sessionStorage', TOKEN, token);
}

/** The key by which this tab is a host of a conference, or null. */
export function rememberedHostKey(key) {
  return read('sessionStorage', HOST + key);
}

export function rememberedCall(key) {
  return read('sessionStorage', CALL + key);
}

/** Keeps my call's id for this tab; null forgets it. */
export function rememberCall(key, id) {
  write('sessionStorage', CALL + key, id);
}

/** The id of a number that this browser has left for a conference, or null. */
export function rememberedAppointment(key) {
  return read('localStorage', APPOINTMENT + key);
}

/** Keeps it, so that it can be taken back; null forgets it. */
export function rememberAppointment(key, id) {
  write('localStorage', APPOINTMENT + key, id);
}

/** Keeps for a reload how to come back into a call through the browser; null forgets it. */
export function rememberReturn(key, way) {
  write('sessionStorage', BROWSER + key, way && JSON.stringify(way));
}

/** What `rememberReturn` kept, or null. */
export function rememberedReturn(key) {
  return readObject('sessionStorage', BROWSER + key);
}

/** `{microphone, speaker}` as chosen last, or null. */
export function rememberedDevices() {
  return readObject('localStorage', DEVICES);
}

export function rememberDevices(devices) {
  write('localStorage', DEVICES, JSON.stringify(devices));
}

/** Whether single keys do something: they do unless they were turned off. */
export function rememberedShortcuts() {
  return read('localStorage', SHORTCUTS) !== 'off';
}

export function rememberShortcuts(on) {
  write('localStorage', SHORTCUTS, on ? null : 'off');
}

/** `{number, country, name}` as last used with "remember" ticked, or null. */
export function rememberedCaller() {
  return readObject('localStorage', CALLER);
}

/** Keeps the caller on this device; null forgets. */
export function rememberCaller(caller) {
  write('localStorage', CALLER, caller && JSON.stringify(caller));
}

/**
 * Takes an access token out of the address's fragment (`#token=…`), so that it stays neither in the
 * address bar nor in the history, and keeps it for the tab.
 */
export function adoptTokenFromAddress(location = window.location, history = window.history) {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!token) return;
  rememberToken(token);
  history.replaceState(history.state, '', location.pathname + location.search);
}

/** Does the same with the key of a host's link (`/c/KEY#host=…`): whoever copies the address shares no more than the link. */
export function adoptHostKeyFromAddress(key, location = window.location, history = window.history) {
  const host = new URLSearchParams(location.hash.slice(1)).get('host');
  if (!host) return;
  write('sessionStorage', HOST + key, host);
  history.replaceState(history.state, '', location.pathname + location.search);
}

function readObject(area, name) {
  try {
    return JSON.parse(read(area, name));
  } catch {
    return null;
  }
}

function read(area, name) {
  try {
    return globalThis[area].getItem(name);
  } catch {
    return null;
  }
}

function write(area, name, value) {
  try {
    if (value === null) globalThis[area].removeItem(name);
    else globalThis[area].setItem(name, value);
  } catch {
    // Private windows and full disks: the page works, it just won't remember.
  }
}
