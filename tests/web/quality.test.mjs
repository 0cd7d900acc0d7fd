import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOTHING, measure } from '../../crates/server/web/js/own-quality.js';
import { RATINGS, detailsOf, ratingOf, ratingWords } from '../../crates/server/web/js/quality.js';

const QUALITY = { rating: 'fair', mos: 3.62, loss: 0.034, loss_out: null, jitter_ms: 18.4, rtt_ms: 140 };

test('a rating is shown once it is known', () => {
  assert.equal(ratingOf(null), null);
  assert.equal(ratingOf(undefined), null);
  assert.equal(ratingOf({ rating: 'superb' }), null);
  assert.equal(ratingOf(QUALITY), 'fair');
  assert.equal(new Set(RATINGS.map(ratingWords)).size, RATINGS.length);
});

test('the details leave out what isn’t known', () => {
  assert.deepEqual(detailsOf(QUALITY), [
    ['Estimated MOS', '3.6 of 5'],
    ['Lost on the way to us', '3.4 %'],
    ['Jitter', '18 ms'],
    ['Round trip', '140 ms'],
  ]);
});

test('my own details are of both directions', () => {
  const own = {
    toMe: { loss: 0, jitterMs: 4.2 },
    fromMe: { loss: 0.25, jitterMs: null },
    roundTripMs: 23.4,
  };
  assert.deepEqual(detailsOf(QUALITY, own).slice(1), [
    ['Lost on the way to you', '0 %'],
    ['Lost on the way from you', '25 %'],
    ['Jitter to you', '4 ms'],
    ['Round trip', '23 ms'],
  ]);
});

test('the browser’s statistics are read in both directions', () => {
  const statistics = [
    { type: 'codec', mimeType: 'audio/opus' },
    { type: 'inbound-rtp', kind: 'audio', packetsLost: 15, packetsReceived: 135, jitter: 0.005 },
    { type: 'remote-inbound-rtp', kind: 'audio', fractionLost: 0.1, jitter: 0.002, roundTripTime: 0.04 },
    { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 },
  ];
  const { totals, quality } = measure(statistics, { lost: 10, received: 40 });
  assert.deepEqual(totals, { lost: 15, received: 135 });
  assert.deepEqual(quality, {
    toMe: { loss: 0.05, jitterMs: 5 },
    fromMe: { loss: 0.1, jitterMs: 2 },
    roundTripMs: 40,
  });
});

test('before the first report the round trip is that of the checks', () => {
  const { quality } = measure([{ type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 }]);
  assert.deepEqual(quality, {
    toMe: { loss: null, jitterMs: null },
    fromMe: { loss: null, jitterMs: null },
    roundTripMs: 50,
  });
});

test('packets that came late don’t make a negative loss, nor does a new connection', () => {
  const inbound = { type: 'inbound-rtp', kind: 'audio', packetsLost: 2, packetsReceived: 100, jitter: 0 };
  assert.equal(measure([inbound], { lost: 5, received: 90 }).quality.toMe.loss, 0);
  assert.equal(measure([inbound], { lost: 70, received: 9_000 }).quality.toMe.loss, 2 / 102);
  assert.equal(measure([], NOTHING).quality.toMe.loss, null);
});
