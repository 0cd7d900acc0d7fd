import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  candidatesIn,
  fragmentOf,
  withFragment,
} from '../../crates/server/web/js/sdp-fragment.js';
import { WhipSession, endSession } from '../../crates/server/web/js/whip.js';

const lines = (...all) => `${all.join('\r\n')}\r\n`;
const OFFER = lines(
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63',
  'a=mid:0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789012345678901',
  'a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host',
  'a=rtpmap:111 opus/48000/2',
);
const ANSWER = lines(
  'v=0',
  's=-',
  'a=ice-lite',
  'm=audio 9 UDP/TLS/RTP/SAVPF 63 111',
  'a=mid:0',
  'a=ice-ufrag:oldy',
  'a=ice-pwd:old-password',
  'a=setup:passive',
  'a=candidate:1 1 udp 1 198.51.100.1 4000 typ host',
  'a=end-of-candidates',
);

test('a fragment names the media section, its credentials and candidates', () => {
  const found = ['candidate:2 1 udp 1 192.0.2.2 5 typ host', ''];
  assert.equal(
    fragmentOf(OFFER, found, { complete: true }),
    lines(
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'a=mid:0',
      'a=ice-ufrag:abcd',
      'a=ice-pwd:0123456789012345678901',
      'a=candidate:2 1 udp 1 192.0.2.2 5 typ host',
      'a=end-of-candidates',
    ),
  );
  assert.doesNotMatch(fragmentOf(OFFER, found), /end-of-candidates/);
});

test('candidates in a description are found', () => {
  assert.deepEqual(candidatesIn(OFFER), ['candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host']);
  assert.deepEqual(candidatesIn('v=0\r\n'), []);
});

test('a restart changes credentials and candidates of the answer, and nothing else', () => {
  const fragment = lines(
    'a=ice-lite',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=mid:0',
    'a=ice-ufrag:newy',
    'a=ice-pwd:new-password',
    'a=candidate:1 1 udp 1 198.51.100.1 4001 typ host',
    'a=end-of-candidates',
  );
  assert.equal(
    withFragment(ANSWER, fragment),
    lines(
      'v=0',
      's=-',
      'a=ice-lite',
      'm=audio 9 UDP/TLS/RTP/SAVPF 63 111',
      'a=mid:0',
      'a=setup:passive',
      'a=ice-ufrag:newy',
      'a=ice-pwd:new-password',
      'a=candidate:1 1 udp 1 198.51.100.1 4001 typ host',
      'a=end-of-candidates',
    ),
  );
});

// The session, against a server in the test's hand.

const URL_OF_PAGE = 'https://meet.example';
const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

/** Has `fetch` answer with these, one after another; gives what was asked. */
function serve(...answers) {
  const asked = [];
  globalThis.fetch = async (path, options) => {
    asked.push({ path, ...options });
    const { status, body = null, headers } = answers.shift();
    const response = new Response(body, { status, headers });
    Object.defineProperty(response, 'url', { value: new URL(path, URL_OF_PAGE).href });
    return response;
  };
  return asked;
}

const created = {
  status: 201,
  body: ANSWER,
  headers: { Location: '/api/v1/conferences/k/whip/s3cret', ETag: '"1"' },
};

test('an offer is answered with a session', async () => {
  const asked = serve(created);
  const session = await WhipSession.begin('k', OFFER, { name: 'Jo Ö', call: 'phone', replaces: 'old' });
  assert.equal(session.secret, 's3cret');
  assert.equal(session.answer, ANSWER);
  const [{ method, path, headers, body }] = asked;
  assert.equal(`${method} ${path}`, 'POST /api/v1/conferences/k/whip?name=Jo+%C3%96&call=phone&replaces=old');
  assert.equal(headers['Content-Type'], 'application/sdp');
  assert.equal(body, OFFER);
});

test('what there isn’t is not spoken of', async () => {
  const asked = serve(created);
  await WhipSession.begin('k', OFFER);
  assert.equal(asked[0].path, '/api/v1/conferences/k/whip');
});

test('candidates go with the entity tag, a restart with any and brings a new one', async () => {
  const restarted = { status: 200, body: 'a=ice-ufrag:n', headers: { ETag: '"2"' } };
  const asked = serve(created, { status: 204 }, restarted, { status: 204 });
  const session = await WhipSession.begin('k', OFFER);
  await session.trickle('one');
  assert.equal(await session.restart('two'), 'a=ice-ufrag:n');
  await session.trickle('three');
  const patches = asked.slice(1).map(({ method, path, headers, body }) => {
    assert.equal(`${method} ${path}`, 'PATCH /api/v1/conferences/k/whip/s3cret');
    assert.equal(headers['Content-Type'], 'application/trickle-ice-sdpfrag');
    return [body, headers['If-Match']];
  });
  assert.deepEqual(patches, [
    ['one', '"1"'],
    ['two', '*'],
    ['three', '"2"'],
  ]);
});

test('leaving outlives the page if it has to', async () => {
  const asked = serve(created, { status: 200 }, { status: 200 });
  const session = await WhipSession.begin('k', OFFER);
  await session.end({ keepalive: true });
  await endSession('k', 's3cret');
  for (const { method, path } of asked.slice(1)) {
    assert.equal(`${method} ${path}`, 'DELETE /api/v1/conferences/k/whip/s3cret');
  }
  assert.deepEqual([asked[1].keepalive, asked[2].keepalive], [true, undefined]);
});

test('a refusal says why', async () => {
  const headers = { 'Content-Type': 'application/problem+json' };
  const body = JSON.stringify({ code: 'offer_without_audio', detail: 'There is no sound in it.' });
  serve({ status: 422, body, headers });
  await assert.rejects(WhipSession.begin('k', OFFER), {
    status: 422,
    code: 'offer_without_audio',
    message: 'There is no sound in it.',
  });
});
