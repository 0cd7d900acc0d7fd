/**
 * A stand-in for the server: the pages with their real headers, and the HTTP API over plain `http`,
 * with conferences in memory and calls that do what the test says, or what a script says. Browsers
 * that join by WHIP are answered by an `Answerer`.
 *
 * It knows only as much as the pages need; what the API really does is shown by the end-to-end tests.
 */
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { headers } from './headers.mjs';
import { MockConference } from './mock-conference.mjs';
import { Refusal } from './refusal.mjs';

export { SERVER_FULL } from './refusal.mjs';

const WEB = fileURLToPath(new URL('../../../crates/server/web/', import.meta.url));

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const PAGE_ENTRIES_MAX = 5;
const SET_TIME = ['starts_at', 'time_zone', 'duration_min', 'repetition', 'except', 'ends_after_min', 'remind_min'];

export const TOKEN = 'a-token-for-tests-only';

/**
 * The server. Emits `call` (a `MockCall`) for each call that a page places, so that a test or a
 * script can move it on, and `session` (a `MockSession`) for each browser that has joined.
 */
export class MockServer extends EventEmitter {
  conferences = new Map();
  /** `{id, name, mail}` of who is signed in, or null. */
  account = null;
  /** Who answers browsers' offers; see answerer.mjs. */
  answerer = null;
  /** `{status, code, detail, field}` that browsers are refused with, or null; and phones. */
  refuseBrowsers = null;
  refusePhones = null;
  /** Requests so far, as `METHOD /path`, for tests that look for one. */
  requests = [];
  #http = http.createServer((request, response) => this.#serve(request, response));
  #dialInCode = 482913;

  /** Listens on a port of the loopback interface: a free one unless given. */
  async start(port = 0) {
    await new Promise((resolve) => this.#http.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.#http.address().port}`;
    return this;
  }

  async stop() {
    this.dropStreams();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Breaks every event stream, as a network does. */
  dropStreams() {
    for (const conference of this.conferences.values()) conference.dropStreams();
  }

  createConference(settings) {
    this.#dialInCode += 1;
    const conference = new MockConference(this.url, String(this.#dialInCode), settings);
    this.conferences.set(conference.key, conference);
    return conference;
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.url);
    try {
      if (url.pathname.startsWith('/api/')) await this.#serveApi(request, response, url);
      else await this.#servePage(response, url.pathname);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message: detail, field } = error;
      sendJson(response, status, { status, code, detail, field }, 'application/problem+json');
    }
  }

  async #servePage(response, pathname) {
    const [, first, second] = pathname.split('/');
    if (pathname === '/') return sendFile(response, 'index.html');
    if (first === 'sign-in') {
      return sendFile(response, second ? 'sign-in-link.html' : 'sign-in.html');
    }
    if (pathname.endsWith('/badge.svg')) return sendFile(response, 'img/icon.svg');
    if (first === 'c' && this.conferences.has(second)) return sendFile(response, 'conference.html');
    if (first === 'assets') return sendFile(response, pathname.slice('/assets/'.length));
    return sendFile(response, 'not-found.html', 404);
  }

  async #serveApi(request, response, { pathname, searchParams: query }) {
    const [, , , , key, what, id] = pathname.split('/');
    this.requests.push(`${request.method} ${pathname}`);
    if (pathname === '/api/v1/sign-in') {
      return sendJson(response, 200, { by_mail: true, sign_up: false, signed_in: this.account });
    }
    if (request.method === 'DELETE' && /^\/api\/v1\/sessions?$/.test(pathname)) {
      this.account = null;
      return sendNothing(response);
    }
    const text = await readText(request);
    const isJson = request.headers['content-type'] === 'application/json';
    const body = isJson ? JSON.parse(text) : text;
    const operation = `${request.method} ${key ? 'one' : 'all'}${what ? ` ${what}` : ''}${id ? ' one' : ''}`;
    const conference = key ? this.conferences.get(key) : null;
    if (key && !conference) throw new Refusal(404, 'not_found', 'There is no such conference.');
    switch (operation) {
      case 'POST all':
        this.#authorise(request);
        return sendJson(response, 201, this.createConference(checked(body)).view('subscriber'));
      case 'GET all':
        this.#authorise(request);
        return sendJson(response, 200, this.#list(Number(query.get('offset'))));
      case 'GET one':
        return sendJson(response, 200, conference.view(this.#rank(request, conference)));
      case 'DELETE one':
        this.#authorise(request);
        conference.end();
        return sendNothing(response);
      case 'PATCH one':
        this.#authorise(request);
        conference.revise(checked(changed(conference.settings, body)));
        return sendJson(response, 200, conference.view('subscriber'));
      case 'POST one rotation':
        this.#authorise(request);
        this.conferences.delete(key);
        return sendJson(response, 201, this.createConference(conference.settings).view('subscriber'));
      case 'POST one invitations':
        this.#authorise(request);
        return sendJson(response, 201, conference.invite(body.to));
      case 'GET one invitations':
        this.#authorise(request);
        return sendJson(response, 200, conference.invitations());
      case 'DELETE one invitations one':
        this.#authorise(request);
        conference.withdraw(decodeURIComponent(id));
        return sendNothing(response);
      case 'POST one appointments':
        conference.admit(this.#rank(request, conference), body.pin);
        return sendJson(response, 201, conference.bookCall(body));
      case 'GET one appointments': {
        this.#authorise(request);
        const appointments = [...conference.appointments.values()].reverse();
        return sendJson(response, 200, { appointments, next_offset: null });
      }
      case 'GET one appointments one':
        return sendJson(response, 200, conference.appointment(id));
      case 'DELETE one appointments one':
        conference.appointments.delete(conference.appointment(id).id);
        return sendNothing(response);
      case 'GET one sharing':
        return sendJson(response, 200, conference.sharing());
      case 'GET one events':
        return conference.stream(request, response);
      case 'POST one calls': {
        if (this.refusePhones) throw Refusal.of(this.refusePhones);
        const role = conference.admit(this.#rank(request, conference), body.pin, body.browser);
        const call = conference.placeCall(body, role);
        sendJson(response, 201, call.view());
        return this.emit('call', call);
      }
      case 'GET one calls one':
        return sendJson(response, 200, conference.call(id).view());
      case 'DELETE one calls one':
        conference.call(id).hangUp();
        return sendNothing(response);
      case 'PATCH one calls one':
        conference.revisePerson(conference.call(id).participant, body, 'self');
        return sendJson(response, 200, conference.call(id).view());
      case 'POST one whip':
        return this.#joinByBrowser(request, response, conference, { offer: body, query });
      case 'PATCH one whip one':
        return this.#patchSession(request, response, conference.call(id), body);
      case 'DELETE one whip one':
        conference.call(id).hangUp();
        return sendText(response, 200, '', 'text/plain');
      case 'PUT one recording':
        this.#authorise(request);
        return sendJson(response, 200, conference.record(body));
      case 'GET one recordings':
        this.#authorise(request);
        return sendJson(response, 200, { recordings: conference.recordings, next_offset: null });
      case 'GET one recordings one': {
        this.#authorise(request);
        const more = { 'Content-Disposition': 'attachment; filename="Board-call-mix.ogg"' };
        return sendText(response, 200, 'OggS', 'audio/ogg', more);
      }
      case 'DELETE one recordings one':
        this.#authorise(request);
        conference.recordings = conference.recordings.filter((one) => one.id !== id);
        return sendNothing(response);
      case 'PATCH one participants one':
        this.#requireHost(request, conference);
        conference.revisePerson(id, body, 'host');
        return sendJson(response, 200, conference.participants.get(id) ?? {});
      case 'DELETE one participants one':
        this.#requireHost(request, conference);
        conference.remove(id, conference.participants.get(id)?.state === 'in' ? 'removed' : 'not_admitted');
        return sendNothing(response);
      case 'PATCH one room':
        this.#requireHost(request, conference);
        conference.reviseRoom(body);
        return sendJson(response, 200, conference.view());
      default:
        throw new Refusal(405, 'method_not_allowed', 'That can’t be done here.');
    }
  }

  async #joinByBrowser(request, response, conference, { offer, query }) {
    if (request.headers['content-type'] !== SDP) throw new Refusal(415, 'not_sdp', 'Send an offer.');
    if (this.refuseBrowsers) throw Refusal.of(this.refuseBrowsers);
    const { 'confab-pin': pin } = request.headers;
    const role = conference.admit(this.#rank(request, conference), pin, query.get('call') ?? query.get('replaces'));
    const session = conference.joinByBrowser(Object.fromEntries(query), role);
    const answer = await this.answerer.answer(session.id, offer);
    const { pathname } = new URL(request.url, this.url);
    const more = { Location: `${pathname}/${session.id}`, ETag: session.etag };
    sendText(response, 201, answer, SDP, more);
    this.emit('session', session);
    const isUp = await this.answerer.connected(session.id).catch(() => false); // the tab is closed
    if (isUp) session.advance('in');
  }

  /** Trickled candidates, or an ICE restart, as RFC 9725 tells them apart. */
  async #patchSession(request, response, session, fragment) {
    const { 'content-type': type, 'if-match': match } = request.headers;
    if (type !== FRAGMENT) throw new Refusal(415, 'not_a_fragment', 'Send a fragment.');
    if (session.ending) throw new Refusal(404, 'not_found', 'There is no such session.');
    if (match === undefined) throw new Refusal(428, 'no_if_match', 'Say which ICE session it is.');
    if (match !== '*') {
      if (match !== session.etag) throw new Refusal(412, 'other_ice', 'That ICE session is over.');
      session.trickled.push(fragment);
      return sendNothing(response);
    }
    const answer = await this.answerer.restart(session.id, fragment);
    session.restarts += 1;
    return sendText(response, 200, answer, FRAGMENT, { ETag: session.etag });
  }

  #list(offset) {
    const conferences = [...this.conferences.values()].map((each) => each.view('subscriber'));
    const end = offset + PAGE_ENTRIES_MAX;
    return {
      conferences: conferences.slice(offset, end),
      next_offset: end < conferences.length ? end : null,
    };
  }

  #authorise(request) {
    if (!this.account && request.headers.authorization !== `Bearer ${TOKEN}`) {
      throw new Refusal(401, 'unauthorized', 'A valid access token is needed.');
    }
  }

  /** `subscriber`, `host` or `guest`: what whoever asks is to a conference. */
  #rank({ headers }, conference) {
    const shown = headers.authorization?.replace('Bearer ', '');
    if (shown === TOKEN || (!shown && this.account)) return 'subscriber';
    return conference.isHost(shown) ? 'host' : 'guest';
  }

  #requireHost(request, conference) {
    if (this.#rank(request, conference) === 'guest') {
      throw new Refusal(403, 'not_host', 'This is for the hosts of the conference.');
    }
  }
}

/** What isn't named stays, null takes a choice back, and a set time that goes takes along all that belongs to it. */
function changed(settings, body) {
  const isTaken = body.starts_at === null;
  const parts = { ...settings, ...body, ...(isTaken && Object.fromEntries(SET_TIME.map((part) => [part, null]))) };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null));
}

function checked(settings) {
  if (!settings.title) throw new Refusal(422, 'invalid', 'Give it a title.', 'title');
  return settings;
}

async function sendFile(response, name, status = 200) {
  const file = path.join(WEB, path.normalize(`/${name}`));
  const content = await readFile(file).catch(() => null);
  if (content === null) throw new Refusal(404, 'not_found', 'There is no such file.');
  response.writeHead(status, { ...headers(), 'Content-Type': TYPES[path.extname(file)] });
  response.end(content);
}

function sendJson(response, status, body, type = 'application/json') {
  sendText(response, status, JSON.stringify(body), type);
}

function sendText(response, status, body, type, more = {}) {
  response.writeHead(status, { ...headers(), 'Content-Type': type, ...more });
  response.end(body);
}

function sendNothing(response) {
  response.writeHead(204, headers());
  response.end();
}

async function readText(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
