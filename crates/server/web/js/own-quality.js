/**
 * My own connection as the browser measures it: its statistics (W3C webrtc-stats) in, a few figures
 * out. Losses are those since the measurement before.
 */

/** Nothing measured. */
export const NOTHING = Object.freeze({ lost: 0, received: 0 });

/**
 * Reads a list of statistics. Gives `{ totals, quality }`: `totals` go into the next call as
 * `before`; `quality` is `{ toMe: {loss, jitterMs}, fromMe: {loss, jitterMs}, roundTripMs }` with
 * null for what isn't known yet, such as my own losses before the server's first report.
 */
export function measure(statistics, before = NOTHING) {
  const find = (type) => statistics.find((each) => each.type === type && each.kind === 'audio');
  const inbound = find('inbound-rtp');
  const remote = find('remote-inbound-rtp');
  const pair = statistics.find(({ type, nominated, currentRoundTripTime: roundTrip }) => {
    return type === 'candidate-pair' && nominated && roundTrip !== undefined;
  });
  const totals = {
    lost: inbound?.packetsLost ?? 0,
    received: inbound?.packetsReceived ?? 0,
  };
  const roundTrip = remote?.roundTripTime ?? pair?.currentRoundTripTime;
  return {
    totals,
    quality: {
      toMe: { loss: inbound ? lossBetween(before, totals) : null, jitterMs: inMs(inbound?.jitter) },
      fromMe: { loss: remote?.fractionLost ?? null, jitterMs: inMs(remote?.jitter) },
      roundTripMs: inMs(roundTrip),
    },
  };
}

/**
 * A late packet is first counted as lost and then as received, so that losses may go back; a new
 * connection counts from nothing.
 */
function lossBetween(before, now) {
  const since = now.received < before.received ? NOTHING : before;
  const lost = Math.max(0, now.lost - since.lost);
  return lost === 0 ? 0 : lost / (lost + now.received - since.received);
}

function inMs(seconds) {
  return seconds === undefined ? null : seconds * 1_000;
}
