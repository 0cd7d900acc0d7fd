import { randomBytes } from 'node:crypto';
import { headers } from './headers.mjs';
import { MockCall, MockSession } from './mock-call.mjs';
import { Refusal } from './refusal.mjs';

const LEAD_MS = 10 * 60_000;
const DIGITS_MIN = 6;
const GATHERING_MS = 10_000;

/** A conference in memory, with its participants and the pages that watch it. */
export class MockConference {
  key = randomBytes(16).toString('hex');
  hostKey = randomBytes(16).toString('hex');
  locked = false;
  /** When those in break-out rooms are brought back, if they are to be. */
  gathersAt = null;
  participants = new Map();
  /** Who is invited by mail, by address. */
  invitees = new Map();
  sendsMail = true;
  /** Numbers left for the set time, as the API gives them, by id. */
  appointments = new Map();
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
    this.#send('details', { title: settings.title, starts_at: settings.starts_at ?? null, access: this.#access() });
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
  reviseRoom({ locked = this.locked, guests_muted: mutes, gathered, begun }) {
    const waits = ({ state }) => state === 'awaiting_start' || state === 'awaiting_host';
    const waiting = [...this.participants.values()].filter(waits);
    if (begun) for (const { id } of waiting) this.revisePerson(id, { admitted: true });
    if (gathered) this.#gather();
    for (const [id, { role }] of this.participants) if (mutes && role !== 'host') this.mute(id, true, 'host');
    this.locked = locked;
    this.#send('conference', this.#status());
  }

  /** Brings all back in a moment, which `gatherNow` ends; said again, at once. */
  #gather() {
    if (this.gathersAt) return this.gatherNow();
    this.gathersAt = new Date(Date.now() + GATHERING_MS).toISOString();
  }

  gatherNow() {
    this.gathersAt = null;
    for (const id of this.participants.keys()) this.change(id, { breakout: null });
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
    const closed = { lobby: false, waits_for_host: false, ends_with_host: false, announces_names: false };
    return { ...closed, press_1: true, participants_max: 200, ...rest, pin: Boolean(pin), host_pin: Boolean(hostPin) };
  }

  /** What there is to see of it; `rank` is of whoever asks. */
  view(rank = 'guest') {
    const { title, starts_at: startsAt = null, time_zone: zone = null, number = null } = this.#settings;
    const { duration_min: minutes = 60, repetition = null, remind_min: remind = null } = this.#settings;
    const { except = [], ends_after_min: endsAfter = null, placement = false } = this.#settings;
    return {
      key: this.key,
      title,
      ...this.#status(),
      starts_at: startsAt,
      ends_at: startsAt && new Date(Date.parse(startsAt) + minutes * 60_000).toISOString(),
      repeats_text: repetition && `repeats by ${repetition}`,
      repetition,
      except,
      ends_after_min: endsAfter,
      remind_min: remind,
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
    for (const { address, name = null, time_zone: zone = null } of guests) {
      const letter = { purpose: 'invitation', state: 'waiting', tries: 0, reason: null, due_at: null };
      this.invitees.set(address, { address, name, time_zone: zone, invited_at: new Date().toISOString(), letter });
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

  /** Somebody leaves a number for the set time. */
  bookCall({ number, name = null }) {
    const masked = maskedNumber(number);
    const id = randomBytes(16).toString('hex');
    const startsAt = this.#settings.starts_at;
    const appointment = { id, number: masked, name, state: 'waiting', tries: 0, starts_at: startsAt };
    this.appointments.set(id, appointment);
    return appointment;
  }

  appointment(id) {
    const found = this.appointments.get(id);
    if (!found) throw new Refusal(404, 'not_found', 'There is no such appointment.');
    return found;
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
    this.#requireOpen(role);
    const masked = maskedNumber(number);
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
    this.#requireOpen(role);
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

  /** Before its time it is open to hosts alone. */
  #requireOpen(role) {
    if (role !== 'host' && !this.#status().open) {
      throw new Refusal(409, 'not_open', 'The conference is not open yet.');
    }
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
      gathers_at: this.gathersAt,
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

/** A number as others see it, or the refusal. */
function maskedNumber(number) {
  const digits = number.replace(/\D/g, '');
  if (digits.length < DIGITS_MIN) {
    throw new Refusal(422, 'invalid', 'This number is too short to be a phone number.', 'number');
  }
  return `+33 ${digits[1]} •• •• •• ${digits.slice(-2)}`;
}
