/**
 * The HTTP API, one function a request. A refusal is thrown as a `Problem` (RFC 9457); no answer at
 * all as a `Problem` whose status is 0.
 */
import { noteServerDate } from './clock.js';

const ROOT = '/api/v1';
const BASE = `${ROOT}/conferences`;

/** A request that failed: `code` and `field` are for the program, `message` is for people. */
export class Problem extends Error {
  constructor({ status, code = null, field = null, detail = null, title = null }) {
    super(detail || title || `The server answered with status ${status}.`);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.field = field;
  }

  /** Whether asking again later may help: nothing is wrong with the request itself. */
  get isPassing() {
    return this.status === 0 || this.status >= 500;
  }
}

export function createConference(token, conference) {
  return request('POST', BASE, { token, body: conference });
}

/** One page of the subscriber's conferences: `{conferences, next_offset}`, null after the last. */
export function listConferences(token, offset = 0) {
  return request('GET', `${BASE}?offset=${offset}`, { token });
}

/** A conference, with the `role` that whoever has `token` has there, and `host_url` if it is its subscriber's. */
export function readConference(key, token = null) {
  return request('GET', conferencePath(key), { token });
}

/** What others are brought with: `{mailto, badge_html, badge_url, qr_svg_url, qr_png_url, calendar_url}`. */
export function readSharing(key) {
  return request('GET', `${conferencePath(key)}/sharing`);
}

export function endConference(token, key) {
  return request('DELETE', conferencePath(key), { token });
}

/** Gives a conference another title or set time (`starts_at: null` for none); what isn't said stays. */
export function changeConference(token, key, change) {
  return request('PATCH', conferencePath(key), { token, body: change });
}

/** Gives a conference another link in place of its own; returns it with that. */
export function rotateConference(token, key) {
  return request('POST', `${conferencePath(key)}/rotation`, { token });
}

/** Who is invited by mail: `{sends_mail, invitees: [{address, name, letter: {state, reason}}]}`. */
export function readInvitations(token, key) {
  return request('GET', `${conferencePath(key)}/invitations`, { token });
}

/** Invites `[{address, name}]`, or invites them again; returns all who are invited then. */
export function invite(token, key, guests) {
  return request('POST', `${conferencePath(key)}/invitations`, { token, body: { to: guests } });
}

/** Takes an invitation back, by mail too. */
export function withdrawInvitation(token, key, address) {
  return request('DELETE', `${conferencePath(key)}/invitations/${encodeURIComponent(address)}`, { token });
}

/** `{by_mail, sign_up, signed_in}`: how people sign in here, and who has in this browser, or null. */
export function readSignIn() {
  return request('GET', `${ROOT}/sign-in`);
}

/** Signs this browser out, or every one in which the same subscriber is signed in. */
export function signOut({ everywhere = false } = {}) {
  return request('DELETE', `${ROOT}/${everywhere ? 'sessions' : 'session'}`);
}

/**
 * Has a phone rung. `browser` is the secret of this person's session by browser, if there is one, `pin` what was
 * typed; a host's `token` makes it a host's phone.
 */
export function placeCall(key, call, token = null) {
  return request('POST', `${conferencePath(key)}/calls`, { token, body: call });
}

export function readCall(key, id) {
  return request('GET', callPath(key, id));
}

export function endCall(key, id) {
  return request('DELETE', callPath(key, id));
}

export function muteCall(key, id, muted) {
  return request('PATCH', callPath(key, id), { body: { muted } });
}

/** Raises my hand, or lowers it. */
export function raiseHand(key, id, hand) {
  return request('PATCH', callPath(key, id), { body: { hand } });
}

/** Has me be called otherwise. */
export function renameMyself(key, id, name) {
  return request('PATCH', callPath(key, id), { body: { name } });
}

/** As a host, has what I say be heard by one participant alone; null has all hear it again. */
export function whisper(key, id, participant) {
  return request('PATCH', callPath(key, id), { body: { whispers_to: participant } });
}

/** Comes back from a break-out room. */
export function comeBack(key, id) {
  return request('PATCH', callPath(key, id), { body: { breakout: null } });
}

/** Changes a participant as a host: `muted`, `hand`, `name`, `volume_db`, `breakout`, or `admitted: true`. */
export function changeParticipant(token, key, participant, change) {
  return request('PATCH', participantPath(key, participant), { token, body: change });
}

/** Changes the running conference as a host: `locked`, `guests_muted: true`, `gathered: true`, or `begun: true`. */
export function changeRoom(token, key, change) {
  return request('PATCH', `${conferencePath(key)}/room`, { token, body: change });
}

export function removeParticipant(token, key, participant) {
  return request('DELETE', participantPath(key, participant), { token });
}

/** Has a conference recorded from now on; with `voices` each voice by itself, too. */
export function startRecording(token, key, voices) {
  return request('PUT', `${conferencePath(key)}/recording`, { token, body: { on: true, voices } });
}

export function stopRecording(token, key) {
  return request('PUT', `${conferencePath(key)}/recording`, { token, body: { on: false } });
}

/** The newest of the subscriber's recordings of a conference: `{recordings, next_offset}`. */
export function listRecordings(token, key) {
  return request('GET', `${conferencePath(key)}/recordings`, { token });
}

export function deleteRecording(token, key, id) {
  return request('DELETE', `${conferencePath(key)}/recordings/${encodeURIComponent(id)}`, { token });
}

/** A file of a recording, as `{blob, name}`. */
export async function fetchRecording(token, url) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await send('GET', url, { headers });
  const [, name] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
  return { blob: await response.blob(), name: name ?? 'recording.ogg' };
}

/** Leaves a number that is called at the set time: `{number, country, name, pin}`; returns `{id, number, state, starts_at}`. */
export function leaveNumber(key, callee, token = null) {
  return request('POST', `${conferencePath(key)}/appointments`, { token, body: callee });
}

/** How a number that was left fares. */
export function readAppointment(key, id) {
  return request('GET', appointmentPath(key, id));
}

/** Takes a number back. */
export function withdrawAppointment(key, id) {
  return request('DELETE', appointmentPath(key, id));
}

/** The newest of those who have left a number: `{appointments, next_offset}`. */
export function listAppointments(token, key) {
  return request('GET', `${conferencePath(key)}/appointments`, { token });
}

/** Where the conference's event stream is. */
export function eventsUrl(key) {
  return `${conferencePath(key)}/events`;
}

/** Where browsers join by WHIP (RFC 9725). */
export function whipPath(key) {
  return `${conferencePath(key)}/whip`;
}

function conferencePath(key) {
  return `${BASE}/${encodeURIComponent(key)}`;
}

function callPath(key, id) {
  return `${conferencePath(key)}/calls/${encodeURIComponent(id)}`;
}

function appointmentPath(key, id) {
  return `${conferencePath(key)}/appointments/${encodeURIComponent(id)}`;
}

function participantPath(key, id) {
  return `${conferencePath(key)}/participants/${encodeURIComponent(id)}`;
}

async function request(method, path, { token, body } = {}) {
  const headers = { Accept: 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers['Content-Type'] = 'application/json';
  const response = await send(method, path, { headers, body: body && JSON.stringify(body) });
  return readJson(response);
}

/**
 * Sends one request with any kind of body; returns the response if the server agreed. `more` goes to
 * `fetch` as it is: `signal`, `keepalive`.
 */
export async function send(method, path, { headers = {}, body, ...more } = {}) {
  let response;
  try {
    response = await fetch(path, { method, headers, body, cache: 'no-store', ...more });
  } catch {
    throw new Problem({ status: 0, detail: 'The server can’t be reached. Check your connection.' });
  }
  noteServerDate(response.headers.get('Date'));
  if (!response.ok) throw new Problem({ ...(await readJson(response)), status: response.status });
  return response;
}

/** The body as JSON; null when there is none or it is something else, such as a proxy's page. */
async function readJson(response) {
  if (!/\bjson\b/.test(response.headers.get('Content-Type') ?? '')) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}
