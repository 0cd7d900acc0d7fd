/**
 * How a broken connection is brought back: what to try, how long to wait in between, and when to
 * stop. No effects here.
 *
 * While the server still knows the session and the transport only lost its path, new paths are looked
 * for within the session (an ICE restart): the participant never leaves the room. When the transport
 * has failed for good, the session is gone (the server was restarted, say) or a restart led nowhere,
 * a new session is begun under the same name.
 */

/** A break that lasts longer is left to the person: they know whether the train is in a tunnel. */
export const GIVE_UP_AFTER_MS = 120_000;
/** Restarts of ICE in one break, before a new session is tried instead. */
export const RESTARTS_MAX = 2;

const WAIT_FIRST_MS = 400;
const WAIT_LONGEST_MS = 8_000;

/**
 * What to try next: `restart`, `rejoin` or `give_up`.
 *
 * `hasSession`: the server has not said that the session is gone; `transport`: the state of the
 * RTCPeerConnection; `restarts`: how many were tried in this break; `elapsedMs`: since the break.
 */
export function nextStep({ hasSession, transport, restarts, elapsedMs }) {
  if (elapsedMs >= GIVE_UP_AFTER_MS) return 'give_up';
  const hopeless = transport === 'failed' || transport === 'closed';
  return hasSession && !hopeless && restarts < RESTARTS_MAX ? 'restart' : 'rejoin';
}

/**
 * How long to wait after try number `attempt` (from 0) failed: longer each time, and never the same
 * for two browsers, for after a server's restart all of them come back at once. `random` is from 0
 * to 1.
 */
export function backoffMs(attempt, random) {
  const whole = Math.min(WAIT_FIRST_MS * 2 ** Math.min(attempt, 10), WAIT_LONGEST_MS);
  return Math.round(whole * (0.5 + random / 2));
}

/**
 * What a failed try means: `retry` later, the session is `gone`, the conference is `over`, or `stop`.
 * `failure` is the server's `Problem`, or whatever else went wrong on the way, such as no path in time.
 */
export function verdictOn(failure, step) {
  const { status, isPassing } = failure;
  if (status === undefined || isPassing || status === 408 || status === 429) return 'retry';
  if (step === 'restart') return 'gone';
  return status === 404 || status === 410 ? 'over' : 'stop';
}
