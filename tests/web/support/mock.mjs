/**
 * A stand-in for the server: the pages with their real headers, and the HTTP API over plain `http`,
 * with conferences in memory and calls that do what the test says, or what a script says. Browsers
 * that join by WHIP are answered by an `Answerer`.
 *
 * It knows only as much as the pages need; what the API really does is shown by the end-to-end tests.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('../../../crates/server/web/', import.meta.url));

/** The policy of the real server: nothing inline, nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/** The page may capture sound, and nothing else. */
const PERMISSIONS = 'camera=(), geolocation=(), microphone=(self), payment=(), usb=()';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const LEAD_MS = 10 * 60_000;
const DIGITS_MIN = 6;
const PAGE_ENTRIES_MAX = 5;

export const TOKEN = 'a-token-for-tests-only';

/** What a server says that has no time for anybody else. */
export const SERVER_FULL = {
  status: 503,
  code: 'server_full',
  detail: 'The server is full just now. Please try again in a moment.',
};

/** A refusal, sent as problem+json. */
class Refusal extends Error {
  constructor(status, code, detail, field) {
    super(detail);
    Object.assign(this, { status, code, field });
  }

  static of({ status, code, detail, field }) {
    return new Refusal(status, code, detail, field);
  }
}

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
        conference.revise(checked({ ...conference.settings, ...forgotten(body), ...body }));
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

/** A conference in memory, with its participants and the pages that watch it. */
export class MockConference {
  key = randomBytes(16).toString('hex');
  hostKey = randomBytes(16).toString('hex');
  locked = false;
  participants = new Map();
  /** Who is invited by mail, by address. */
  invitees = new Map();
  sendsMail = true;
  /** As the API lists them, the newest first. */
  recordings = [];
  #recording = null;
  #calls = new Map();
  #streams = new Set();
  #eventId = 0;
  #nextParticipant = 1;
  #ended = false;
  #base;
  #settings;
  #code;

  constructor(base, code, settings) {
    this.#base = base;
    this.#code = code;
    this.#settings = settings;
  }

  get url() {
    return `${this.#base}/c/${this.key}`;
  }

  get settings() {
    return this.#settings;
  }

  revise(settings) {
    const access = { ...this.#settings.access, ...settings.access };
    this.#settings = { ...settings, access };
    this.#send('details', { title: settings.title, access: this.#access() });
  }

  /** The host's own link. */
  get hostUrl() {
    return `${this.url}#host=${this.hostKey}`;
  }

  /** Whether this proves a host: the key of the link, or the secret of a host's call. */
  isHost(shown) {
    if (shown === this.hostKey) return true;
    return this.participants.get(this.#calls.get(shown)?.participant)?.role === 'host';
  }

  /** The role of somebody who comes in, or the refusal; `other` is a call that it has here. */
  admit(rank, pin, other) {
    const { pin: guests, host_pin: hosts } = this.#settings.access ?? {};
    if (rank !== 'guest') return 'host';
    if (this.locked) throw new Refusal(403, 'conference_locked', 'The host has locked this conference.');
    if (pin && pin === hosts) return 'host';
    if (!guests || this.#calls.has(other) || pin === guests) return 'guest';
    if (!pin) throw new Refusal(403, 'pin_required', 'This conference has a PIN. Please enter it.', 'pin');
    throw new Refusal(403, 'wrong_pin', 'This is not the PIN of this conference.', 'pin');
  }

  /** What a host does to all. */
  reviseRoom({ locked = this.locked, guests_muted: mutes, gathered }) {
    if (gathered) for (const id of this.participants.keys()) this.change(id, { breakout: null });
    for (const [id, { role }] of this.participants) if (mutes && role !== 'host') this.mute(id, true, 'host');
    this.locked = locked;
    this.#send('conference', this.#status());
  }

  /** What a host does to somebody, or somebody to themselves. */
  revisePerson(id, { muted, hand, name, admitted, ...rest }, by) {
    if (Object.keys(rest).length > 0) this.change(id, rest); // volume_db, breakout, whispers_to
    if (muted !== undefined) (by === 'host' ? this.muteByHost(id, muted) : this.mute(id, muted, by));
    if (hand !== undefined) this.change(id, { hand });
    if (name !== undefined) this.change(id, { label: name });
    if (admitted) this.change(id, { state: 'in', joined_at: new Date().toISOString() });
  }

  #access() {
    const { pin, host_pin: hostPin, ...rest } = this.#settings.access ?? {};
    const open = { lobby: false, waits_for_host: false, ends_with_host: false, press_1: true };
    return { ...open, participants_max: 200, ...rest, pin: Boolean(pin), host_pin: Boolean(hostPin) };
  }

  /** What there is to see of it; `rank` is of whoever asks. */
  view(rank = 'guest') {
    const { title, starts_at: startsAt = null, time_zone: zone = null, number = null } = this.#settings;
    const { duration_min: minutes = 60, repetition, placement = false } = this.#settings;
    return {
      key: this.key,
      title,
      ...this.#status(),
      starts_at: startsAt,
      ends_at: startsAt && new Date(Date.parse(startsAt) + minutes * 60_000).toISOString(),
      repeats_text: repetition ? `repeats by ${repetition}` : null,
      time_zone: zone,
      url: this.url,
      dial_in: { code: this.#code, number },
      access: this.#access(),
      placement,
      participants: [...this.participants.values()],
      default_country: 'FR',
      role: rank === 'guest' ? 'guest' : 'host',
      ...(rank === 'subscriber' && { host_url: this.hostUrl }),
    };
  }

  /** As the API's: letters wait until a test says how they fared. */
  invite(guests) {
    const wrong = guests.find(({ address }) => !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address));
    if (wrong) throw new Refusal(422, 'invalid', `${wrong.address} is not a mail address.`, 'to');
    for (const { address, name = null } of guests) {
      const letter = { purpose: 'invitation', state: 'waiting', tries: 0, reason: null, due_at: null };
      this.invitees.set(address, { address, name, invited_at: new Date().toISOString(), letter });
    }
    return this.invitations();
  }

  invitations() {
    return { sends_mail: this.sendsMail, invitees: [...this.invitees.values()] };
  }

  withdraw(address) {
    if (!this.invitees.delete(address)) {
      throw new Refusal(404, 'not_found', 'Nobody is invited by this address.');
    }
  }

  /** What brings others: links to pictures and files. */
  sharing() {
    const { url } = this;
    return {
      mailto: `mailto:?subject=Invitation&body=${encodeURIComponent(url)}`,
      badge_html: `<a href="${url}"><img src="${url}/badge.svg"></a>`,
      badge_url: `${url}/badge.svg`,
      qr_svg_url: `${url}/qr.svg`,
      qr_png_url: `${url}/qr.png`,
      calendar_url: this.#settings.starts_at ? `${url}/conference.ics` : null,
    };
  }

  /** Somebody comes by other ways than this page; returns the participant's id. */
  join(label, properties = {}) {
    const id = `p${this.#nextParticipant++}`;
    this.#put({
      id,
      label,
      via: 'dial_in',
      role: 'guest',
      state: 'in',
      hand: false,
      volume_db: 0,
      breakout: null,
      whispers_to: null,
      muted: false,
      muted_by: null,
      speaking: false,
      held: false,
      with: null,
      quality: null,
      joined_at: new Date().toISOString(),
      ...properties,
    });
    return id;
  }

  /** Mutes all legs of a person. */
  mute(id, muted, by) {
    const mine = this.participants.get(id);
    for (const [each, { with: browser }] of this.participants) {
      const same = each === id || browser === id || each === mine.with;
      if (same) this.change(each, { muted, muted_by: muted ? by : null });
    }
  }

  /** A host mutes anybody, but opens nobody's microphone in a browser: they are asked. */
  muteByHost(id, muted) {
    const asks = !muted && this.participants.get(id).via === 'browser';
    if (asks) this.#send('unmute_asked', { id });
    else this.mute(id, muted, 'host');
  }

  rate(id, quality) {
    Object.assign(this.participants.get(id), { quality });
    this.#send('quality', { id, ...quality });
  }

  change(id, properties) {
    this.#put({ ...this.participants.get(id), ...properties });
  }

  /** A host has it recorded, or no more. */
  record({ on, voices = false }) {
    const since = new Date().toISOString();
    if (on) {
      this.#recording = { since, on, voices, lost_ms: 0, ending: null };
      const url = `/api/v1/conferences/${this.key}/recordings/r1/mix.ogg`;
      const [ended_at, ending, expires_at] = [null, null, null];
      this.recordings.unshift({ id: 'r1', began_at: since, ended_at, ending, expires_at, url, voices: [] });
      this.#send('conference', this.#status());
    } else {
      this.endRecording('stopped');
    }
    return this.#recording;
  }

  endRecording(ending) {
    this.#recording = { ...this.#recording, on: false, ending };
    const end = { ended_at: new Date().toISOString(), ending, duration_s: 61, lost_s: 0, bytes: 366_000 };
    Object.assign(this.recordings[0], end);
    this.#send('conference', this.#status());
  }

  findEcho(id) {
    this.#send('echo_found', { id });
  }

  speak(id, speaking) {
    this.participants.get(id).speaking = speaking;
    this.#send('speaking', { id, speaking });
  }

  remove(id, ending) {
    if (!this.participants.delete(id)) return;
    for (const call of this.#calls.values()) if (call.participant === id) call.ending = ending;
    this.#send('left', { id, ending });
    this.#hold();
    if (this.participants.size === 0) this.#send('conference', this.#status());
  }

  /** It opens now, whatever its set time. */
  open() {
    this.#settings = { ...this.#settings, opensNow: true };
    this.#send('conference', this.#status());
  }

  end() {
    this.#ended = true;
    for (const id of [...this.participants.keys()]) this.remove(id, 'conference_ended');
    this.#send('conference', this.#status());
  }

  placeCall({ number, name, browser }, role = 'guest') {
    const digits = number.replace(/\D/g, '');
    if (!this.#status().open) {
      throw new Refusal(409, 'not_open', 'The conference is not open yet.');
    }
    if (digits.length < DIGITS_MIN) {
      throw new Refusal(422, 'invalid', 'This number is too short to be a phone number.', 'number');
    }
    const masked = `+33 ${digits[1]} •• •• •• ${digits.slice(-2)}`;
    const participant = this.join(name ?? masked, {
      via: 'call_me',
      role,
      state: 'calling',
      joined_at: null,
      with: browser ? this.call(browser).participant : null,
    });
    const call = new MockCall(this, participant, masked);
    this.#calls.set(call.id, call);
    return call;
  }

  joinByBrowser({ name, call, replaces }, role = 'guest') {
    if (!this.#status().open) {
      throw new Refusal(409, 'not_open', 'The conference is not open yet.');
    }
    const participant = this.join(name ?? 'Guest', {
      via: 'browser',
      role,
      state: 'answered',
      joined_at: null,
    });
    if (call) this.change(this.call(call).participant, { with: participant });
    if (this.#calls.get(replaces)?.ending === null) this.#calls.get(replaces).end('replaced');
    const session = new MockSession(this, participant, null);
    this.#calls.set(session.id, session);
    return session;
  }

  /** Whoever is in by phone rests in the browser. */
  #hold() {
    const participants = [...this.participants.values()];
    for (const each of participants.filter(({ via }) => via === 'browser')) {
      const held = participants.some((phone) => phone.with === each.id && phone.state === 'in');
      if (held !== each.held) this.change(each.id, { held });
    }
  }

  call(id) {
    const call = this.#calls.get(id);
    if (!call) throw new Refusal(404, 'not_found', 'There is no such call.');
    return call;
  }

  stream(request, response) {
    response.writeHead(200, { ...headers(), 'Content-Type': 'text/event-stream' });
    this.#streams.add(response);
    request.on('close', () => this.#streams.delete(response));
    this.#write(response, 'snapshot', this.view());
  }

  dropStreams() {
    for (const response of this.#streams) response.destroy();
    this.#streams.clear();
  }

  #status() {
    const startsAt = this.#settings.starts_at;
    const opens = startsAt ? Date.parse(startsAt) - LEAD_MS : null;
    const due = opens === null || opens <= Date.now() || this.#settings.opensNow === true;
    const state = this.participants.size > 0 ? 'active' : 'resting';
    return {
      state: this.#ended ? 'ended' : state,
      open: due && !this.#ended,
      opens_at: opens === null ? null : new Date(opens).toISOString(),
      locked: this.locked,
      recording: this.#recording,
    };
  }

  #put(participant) {
    const wasEmpty = this.participants.size === 0;
    this.participants.set(participant.id, participant);
    if (wasEmpty) this.#send('conference', this.#status());
    this.#send('participant', participant);
    this.#hold();
  }

  #send(type, data) {
    this.#eventId += 1;
    for (const response of this.#streams) this.#write(response, type, data);
  }

  #write(response, type, data) {
    response.write(`id: ${this.#eventId}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}

/** A call that a page placed. */
export class MockCall {
  id = randomBytes(16).toString('hex');
  ending = null;

  constructor(conference, participant, number) {
    this.conference = conference;
    this.participant = participant;
    this.number = number;
  }

  view() {
    const { state = 'ended', muted = false } =
      this.conference.participants.get(this.participant) ?? {};
    const { id, participant, number, ending } = this;
    return { id, participant, number, muted, state, ending };
  }

  /** The call goes on: `ringing`, `answered` or `in`. */
  advance(state) {
    this.update(state === 'in' ? { state, joined_at: new Date().toISOString() } : { state });
  }

  update(properties) {
    if (this.ending === null) this.conference.change(this.participant, properties);
  }

  end(ending) {
    this.conference.remove(this.participant, ending);
  }

  /** What *Cancel* and *Hang up* do. */
  hangUp() {
    const pickedUp = ['answered', 'in'].includes(this.view().state);
    this.end(pickedUp ? 'left' : 'cancelled');
  }
}

/** A browser that has joined. */
export class MockSession extends MockCall {
  etag = '"ice"';
  /** Fragments with candidates that came. */
  trickled = [];
  /** How often ICE was restarted. */
  restarts = 0;
}

/** A set time takes the place of all that belonged to the one before. */
function forgotten(body) {
  return 'starts_at' in body ? { time_zone: null, duration_min: undefined, repetition: undefined } : {};
}

function checked(settings) {
  if (!settings.title) throw new Refusal(422, 'invalid', 'Give it a title.', 'title');
  return settings;
}

function headers() {
  return {
    'Content-Security-Policy': POLICY,
    'Permissions-Policy': PERMISSIONS,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
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
