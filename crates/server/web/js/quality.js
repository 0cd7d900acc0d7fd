/** How good a connection is, in words and figures. */

/** Names of the ratings, best first, as the API has them. */
export const RATINGS = Object.freeze(['good', 'fair', 'poor']);

const WORDS = { good: 'Good connection', fair: 'Fair connection', poor: 'Poor connection' };
const MOS_BEST = 5;

/** The rating to show, or null while it is unknown. */
export function ratingOf(quality) {
  return RATINGS.includes(quality?.rating) ? quality.rating : null;
}

/** The rating in words. */
export function ratingWords(rating) {
  return WORDS[rating];
}

/**
 * The details as rows of `[term, value]`: what the server measured, or, for my own connection, what
 * this browser measured in both directions (`own`, see own-quality.js), which is closer to the ear.
 */
export function detailsOf(quality, own = null) {
  const rows = [
    ['Estimated MOS', quality && `${quality.mos.toFixed(1)} of ${MOS_BEST}`],
    ...(own ? ownRows(own) : serverRows(quality)),
  ];
  return rows.filter(([, value]) => Boolean(value));
}

function serverRows(quality) {
  return [
    ['Lost on the way to us', share(quality?.loss)],
    ['Lost on the way back', share(quality?.loss_out)],
    ['Jitter', milliseconds(quality?.jitter_ms)],
    ['Round trip', milliseconds(quality?.rtt_ms)],
  ];
}

function ownRows({ toMe, fromMe, roundTripMs }) {
  return [
    ['Lost on the way to you', share(toMe.loss)],
    ['Lost on the way from you', share(fromMe.loss)],
    ['Jitter to you', milliseconds(toMe.jitterMs)],
    ['Jitter from you', milliseconds(fromMe.jitterMs)],
    ['Round trip', milliseconds(roundTripMs)],
  ];
}

/** A share (0 to 1) in percent, with one decimal where that says something. */
function share(value) {
  if (value === null || value === undefined) return null;
  const percent = value * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

function milliseconds(value) {
  return value === null || value === undefined ? null : `${Math.round(value)} ms`;
}
