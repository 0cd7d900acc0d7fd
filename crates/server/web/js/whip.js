/**
 * A session by WHIP (RFC 9725): the offer goes out with POST, and the session that comes back is a
 * resource of its own. PATCH tells it of candidates and restarts ICE, DELETE ends it.
 */
import { send, whipPath } from './api.js';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
/** A request that takes longer went out into a network that is no longer there. */
const REQUEST_MS_MAX = 10_000;

export class WhipSession {
  /** The server's answer, as SDP. */
  answer;
  /** The secret handle of this participant, as good at `/calls/{secret}`. */
  secret;
  #location;
  #etag;

  /**
   * Joins the conference. `call` is the secret of this person's phone call, `replaces` that of the
   * session in whose place this one comes; both null if there is none. `pin` is what was typed, `token` a
   * host's proof. Throws the `Problem` if the server refuses or can't be reached.
   */
  static async begin(key, offer, { name = '', call = null, replaces = null, pin, token } = {}) {
    const query = new URLSearchParams();
    if (name) query.set('name', name);
    if (call) query.set('call', call);
    if (replaces) query.set('replaces', replaces);
    const path = [whipPath(key), query].filter(String).join('?');
    const response = await post(path, offer, { pin, token });
    return new WhipSession(response, await response.text());
  }

  constructor(response, answer) {
    this.#location = new URL(response.headers.get('Location'), response.url).pathname;
    this.#etag = response.headers.get('ETag');
    this.secret = this.#location.split('/').at(-1);
    this.answer = answer;
  }

  /** Tells the server of candidates. */
  async trickle(fragment) {
    await this.#patch(fragment, this.#etag);
  }

  /** Restarts ICE with the credentials of `fragment`; returns the server's fragment. */
  async restart(fragment) {
    const response = await this.#patch(fragment, '*');
    this.#etag = response.headers.get('ETag') ?? this.#etag;
    return response.text();
  }

  /** Leaves. With `keepalive` the request outlives the page. */
  async end({ keepalive = false } = {}) {
    await send('DELETE', this.#location, { keepalive, signal: keepalive ? undefined : deadline() });
  }

  #patch(fragment, etag) {
    const headers = { 'Content-Type': FRAGMENT };
    if (etag) headers['If-Match'] = etag;
    return send('PATCH', this.#location, { headers, body: fragment, signal: deadline() });
  }
}

/** Ends a session of which only the secret is known any more: after a reload. */
export async function endSession(key, secret) {
  await send('DELETE', `${whipPath(key)}/${encodeURIComponent(secret)}`, { signal: deadline() });
}

function post(path, offer, { pin, token }) {
  const headers = { 'Content-Type': SDP, Accept: SDP };
  if (token) headers.Authorization = `Bearer ${token}`;
  // What is no digit is for the server to complain of, but a header takes ASCII alone.
  if (pin) headers['Confab-Pin'] = pin.replace(/[^\x20-\x7e]/g, '?');
  return send('POST', path, { headers, body: offer, signal: deadline() });
}

function deadline() {
  return AbortSignal.timeout(REQUEST_MS_MAX);
}
