/**
 * My call, as a pure state machine.
 *
 *     idle ─ place ─▶ placing ─▶ calling ─▶ ringing ─▶ answered ─▶ (a door) ─▶ in
 *      ▲                 │          └──────────┴──────────┴────────┤
 *      └──── refused ────┘                                         ▼
 *      └─────────────────────────── reset ──────────────────── ended
 *
 * What the server says arrives twice, as the answer to a request and on the event stream, in either
 * order. So progress only ever goes forward, and an end is final until `reset`.
 */

/** Progress of a call that the server knows, in order. */
export const STEPS = Object.freeze(['calling', 'ringing', 'answered', 'in']);

/** What may have to be passed between the answer and the conference; one door may lead to another. */
export const DOORS = Object.freeze([
  'confirming',
  'too_early',
  'entering_pin',
  'saying_name',
  'awaiting_start',
  'awaiting_host',
  'in_lobby',
]);

/** No call. */
export const IDLE = Object.freeze({
  phase: 'idle',
  id: null, // secret handle of the call
  participant: null, // its public id in the roster
  number: null, // masked
  muted: false,
  joinedAt: null, // RFC 3339
  ending: null,
  leaving: false, // cancel or hang-up was asked for
});

/** Whether a call is under way, or being placed. */
export function isUnderWay(call) {
  return call.phase !== 'idle' && call.phase !== 'ended';
}

/** Index of the call's phase in STEPS; -1 while it is being placed or there is none. */
export function stepOf({ phase }) {
  return STEPS.indexOf(DOORS.includes(phase) ? 'answered' : phase);
}

/** The state after `event`. Events that don't concern this call leave it as it is. */
export function advance(call, event) {
  switch (event.type) {
    case 'place':
      return isUnderWay(call) ? call : { ...IDLE, phase: 'placing', number: event.number };
    case 'refused':
      return call.phase === 'placing' ? IDLE : call;
    case 'resume':
      return isUnderWay(call) ? call : { ...IDLE, phase: 'placing', id: event.id };
    case 'call':
      return read(call, event.call);
    case 'participant':
      return concerns(call, event.participant.id) ? follow(call, event.participant) : call;
    case 'left':
      return concerns(call, event.id) ? end(call, event.ending) : call;
    case 'vanished':
      return isUnderWay(call) ? end(call, null) : call;
    case 'leaving':
      return isUnderWay(call) ? { ...call, leaving: event.leaving } : call;
    case 'reset':
      return isUnderWay(call) ? call : IDLE;
    default:
      return call;
  }
}

/** Takes in the server's record of the call: the answer to placing or reading it. */
function read(call, record) {
  if (!isUnderWay(call)) return call;
  const known = {
    ...call,
    id: record.id ?? call.id,
    participant: record.participant ?? call.participant,
    number: record.number ?? call.number,
  };
  return record.ending ? end(known, record.ending) : follow(known, record);
}

/** Goes forward to the state of a call or participant, never back. */
function follow(call, { state, muted, joined_at: joinedAt }) {
  if (state === 'ended') return end(call, null);
  const forward = rank(state) > rank(call.phase);
  return {
    ...call,
    phase: forward ? state : call.phase,
    muted: muted ?? call.muted,
    joinedAt: joinedAt ?? call.joinedAt,
  };
}

/** A number that grows with progress; doors lie between the last two steps. */
function rank(phase) {
  const door = DOORS.indexOf(phase) + 1;
  return stepOf({ phase }) + door / (DOORS.length + 1);
}

function end(call, ending) {
  return { ...call, phase: 'ended', ending, leaving: false };
}

function concerns(call, participant) {
  return isUnderWay(call) && call.participant !== null && call.participant === participant;
}
