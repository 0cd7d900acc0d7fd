/**
 * The server's clock, as far as this browser can tell: a visitor whose own clock is wrong must still
 * see the conference open at the right moment.
 */

/** The Date header has whole seconds and travels a while: smaller differences mean nothing. */
const NOTICEABLE_MS = 2_000;

let aheadMs = 0;

/** Learns from the Date header of an answer; anything unreadable is ignored. */
export function noteServerDate(header, localNow = Date.now()) {
  const server = Date.parse(header ?? '');
  if (Number.isNaN(server)) return;
  const difference = server - localNow;
  aheadMs = Math.abs(difference) < NOTICEABLE_MS ? 0 : difference;
}

/** Milliseconds since the epoch by the server's clock. */
export function serverNow(localNow = Date.now()) {
  return localNow + aheadMs;
}
