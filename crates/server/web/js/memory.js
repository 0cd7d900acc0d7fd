/**
 * What the page keeps in the browser, and where.
 *
 * - For the tab only: the access token, and the secret id of my call for each conference, so that a
 *   reload finds the call again.
 * - On the device, only when asked: the phone number and name last used.
 *
 * Storage may be forbidden or full; then the page just forgets.
 */
const TOKEN = 'confab.token';
const CALL = 'confab.call.';
const CALLER = 'confab.caller';

export function rememberedToken() {
  return read('sessionStorage', TOKEN);
}

/** Keeps the token for this tab; null forgets it. */
export function rememberToken(token) {
  write('sessionStorage', TOKEN, token);
}

export function rememberedCall(key) {
  return read('sessionStorage', CALL + key);
}

/** Keeps my call's id for this tab; null forgets it. */
export function rememberCall(key, id) {
  write('sessionStorage', CALL + key, id);
}

/** `{number, country, name}` as last used with "remember" ticked, or null. */
export function rememberedCaller() {
  try {
    return JSON.parse(read('localStorage', CALLER));
  } catch {
    return null;
  }
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
