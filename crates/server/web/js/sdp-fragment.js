/**
 * What WHIP sends after the offer and the answer: fragments of SDP with candidates and, for an ICE
 * restart, new credentials (RFC 8840, media type `application/trickle-ice-sdpfrag`).
 *
 * There is one media section, of sound, so a fragment names that and nothing else.
 */

const CANDIDATE = /^a=(candidate:|end-of-candidates)/;
const CREDENTIAL = /^a=ice-(ufrag|pwd):/;

/**
 * The fragment that tells the server of `candidates` (`candidate:…`, as RTCIceCandidate has them) of
 * the description `sdp`; `complete` says that there will be no more.
 */
export function fragmentOf(sdp, candidates, { complete = false } = {}) {
  const lines = linesOf(sdp);
  const media = lines.find((line) => line.startsWith('m=audio')) ?? '';
  const [, , protocol, format] = media.split(' ');
  return text([
    `m=audio 9 ${protocol} ${format}`,
    ...lines.filter((line) => line.startsWith('a=mid:')),
    ...lines.filter((line) => CREDENTIAL.test(line)),
    ...candidates.filter(Boolean).map((candidate) => `a=${candidate}`),
    ...(complete ? ['a=end-of-candidates'] : []),
  ]);
}

/** Candidates that a description holds already, as RTCIceCandidate has them. */
export function candidatesIn(sdp) {
  return linesOf(sdp)
    .filter((line) => line.startsWith('a=candidate:'))
    .map((line) => line.slice('a='.length));
}

/**
 * The answer after an ICE restart: `answer` with the credentials and candidates of the server's
 * fragment in place of its own. Everything else stays as it was agreed.
 */
export function withFragment(answer, fragment) {
  const fresh = linesOf(fragment);
  const credentials = fresh.filter((line) => CREDENTIAL.test(line));
  const candidates = fresh.filter((line) => CANDIDATE.test(line));
  const kept = linesOf(answer).filter((line) => !CREDENTIAL.test(line) && !CANDIDATE.test(line));
  const media = kept.findIndex((line) => line.startsWith('m='));
  const session = kept.slice(0, media);
  return text([...session, ...kept.slice(media), ...credentials, ...candidates]);
}

function linesOf(sdp) {
  return sdp.split(/\r?\n/).filter(Boolean);
}

function text(lines) {
  return `${lines.join('\r\n')}\r\n`;
}
