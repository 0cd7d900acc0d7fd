/**
 * My call through this browser, as a pure state machine.
 *
 *     idle ─ ask ─▶ asking ─ join ─▶ joining ─ connected ─▶ in ⇄ reconnecting ─ gave_up ─▶ lost
 *      ▲  ◀─ back ──┤ ▲                 │                    │         │                    │
 *      │            ▼ │ ask             │                    └────┬────┘                    │
 *      ├─ back ── trouble ◀─ trouble ───┤                         ▼                         │
 *      ├────────── refused ─────────────┘                       ended ─ join, ask ◀─────────┘
 *      └───────────────────────────── reset ───────────────────────┘
 *
 * What the server says arrives on the event stream and as answers to requests, in either order. What
 * I want about my own microphone goes before what the server last knew, until it has been told.
 */

import { isAtDoor } from './doors.js';

/** No call. */
export const IDLE = Object.freeze({
  phase: 'idle',
  prompting: false, // the browser's own question is open
  trouble: null, // its name in troubles.js
  secret: null, // handle of the session; null when the server has none of ours
  participant: null, // its public id in the roster
  listening: false, // there is no microphone: listens only
  muted: false,
  mutedBy: null, // 'self', 'host'
  telling: false, // the server is being told whether I am muted
  asked: false, // the host asks me to unmute
  held: false, // I am on the phone: this browser rests
  door: null, // what I wait for before I am in: a state of doors.js
  joinedAt: null, // RFC 3339
  ending: null,
  reason: null, // why it was given up, in the server's words, if it said so
});

/** Endings that are nobody's wish: the page comes back by itself. */
const BREAKS = new Set(['media_lost', 'not_connected', 'server_stopped']);

const LIVE = new Set(['joining', 'in', 'reconnecting']);

/** Whether a connection is there, or being made or mended. */
export function isLive(call) {
  return LIVE.has(call.phase);
}

/** Whether the microphone's track may carry sound now. */
export function isMicrophoneOpen(call) {
  return isLive(call) && !call.muted && !call.held && !call.listening;
}

/** The state after `event`. Events that don't fit the state leave it as it is. */
export function advance(call, event) {
  switch (event.type) {
    case 'ask':
      return isLive(call) ? call : { ...IDLE, phase: 'asking' };
    case 'prompt':
      return call.phase === 'asking' ? { ...call, prompting: true } : call;
    case 'trouble':
      return isSettled(call) ? call : { ...IDLE, phase: 'trouble', trouble: event.trouble };
    case 'back':
      return isLive(call) ? call : IDLE;
    case 'join':
      return isLive(call) ? call : join(event);
    case 'refused':
      return call.phase === 'joining' ? IDLE : call;
    case 'session':
      return isLive(call) ? begin(call, event.secret) : call;
    case 'connected':
      return isLive(call) && call.secret !== null ? { ...call, phase: 'in' } : call;
    case 'broken':
      return call.phase === 'in' ? { ...call, phase: 'reconnecting' } : call;
    case 'session_gone':
      return forget(call);
    case 'gave_up':
      return call.phase === 'reconnecting' ? { ...IDLE, phase: 'lost', reason: event.reason } : call;
    case 'over':
      return isLive(call) ? end(event.ending) : call;
    case 'reset':
      return isLive(call) ? call : IDLE;
    default:
      return isLive(call) ? converse(call, event) : call;
  }
}

/** What happens within a call. */
function converse(call, event) {
  switch (event.type) {
    case 'record':
      return event.call.id === call.secret ? read(call, event.call) : call;
    case 'participant':
      return concerns(call, event.participant.id) ? follow(call, event.participant) : call;
    case 'left':
      return concerns(call, event.id) ? leave(call, event.ending) : call;
    case 'unmute_asked':
      return concerns(call, event.id) && call.muted ? { ...call, asked: true } : call;
    case 'stay_muted':
      return { ...call, asked: false };
    case 'mute':
      return { ...call, muted: event.muted, mutedBy: 'self', asked: false, telling: true };
    case 'told':
      return { ...call, muted: event.muted, telling: false };
    case 'microphone':
      return { ...call, listening: !event.there };
    default:
      return call;
  }
}

function join({ listening, muted = false }) {
  return { ...IDLE, phase: 'joining', listening, muted: muted || listening, mutedBy: 'self' };
}

/** A new session knows nothing of what the last one was told. */
function begin(call, secret) {
  return { ...call, secret, participant: null, held: false, door: null, telling: call.muted };
}

/** Takes in the server's record of the session: the answer to reading it. */
function read(call, record) {
  const known = { ...call, participant: record.participant ?? call.participant };
  return record.ending ? leave(known, record.ending) : follow(known, record);
}

function follow(call, { state, muted, muted_by: mutedBy, held, joined_at: joinedAt }) {
  if (state === 'ended') return leave(call, null);
  const told = call.telling ? {} : { muted: muted ?? call.muted, mutedBy: mutedBy ?? call.mutedBy };
  const door = isAtDoor(state) ? state : null;
  const now = { ...call, ...told, door, held: held ?? call.held, joinedAt: joinedAt ?? call.joinedAt };
  return { ...now, asked: now.asked && now.muted };
}

function leave(call, ending) {
  return BREAKS.has(ending) ? forget(call) : end(ending);
}

/** The server has no session of ours any more: it has to be begun again. */
function forget(call) {
  if (!isLive(call)) return call;
  const phase = call.phase === 'in' ? 'reconnecting' : call.phase;
  return { ...call, phase, secret: null, participant: null, held: false, door: null };
}

function end(ending) {
  return { ...IDLE, phase: 'ended', ending };
}

function isSettled({ phase }) {
  return phase === 'in' || phase === 'reconnecting';
}

function concerns(call, participant) {
  return call.participant !== null && call.participant === participant;
}
