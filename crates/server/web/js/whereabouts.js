/** What I have to know of where I am heard: in a break-out room, or by one person alone. */
import { announce } from './announcer.js';
import { byId, setText, show } from './dom.js';

const SECOND_MS = 1_000;

let told = '';
let isCountedDown = false;

/** Renders it for `me`, my own participants' ids; `whispersTo`: whom I whisper to, or null. */
export function renderWhereabouts(people, me, whispersTo) {
  const mine = [...me].map((id) => people.get(id)).filter(Boolean);
  const room = mine.find(({ breakout }) => breakout)?.breakout ?? null;
  const by = [...people.values()].find(({ whispers_to: to }) => to && me.has(to));
  const text = words({ room, listener: people.get(whispersTo), by });
  setText(byId('whereabouts-text'), text);
  show(byId('whereabouts'), text !== '');
  show(byId('come-back'), room !== null);
  if (text !== told && text) announce(text);
  told = text;
}

/**
 * Counts down until those in break-out rooms are brought back, if they are to be at `gathersAt` (RFC 3339, or null) and
 * one of them is me.
 */
export function renderGathering(people, me, { gathersAt, now }) {
  const isAway = [...me].some((id) => people.get(id)?.breakout);
  const counts = isAway && Boolean(gathersAt);
  const seconds = counts ? Math.max(0, Math.ceil((Date.parse(gathersAt) - now) / SECOND_MS)) : 0;
  const text = `In ${seconds} ${seconds === 1 ? 'second' : 'seconds'} you are brought back to the main room.`;
  setText(byId('gathering'), counts ? text : '');
  show(byId('gathering'), counts);
  // Once: what counts isn't read out each second.
  if (counts && !isCountedDown) announce(text);
  isCountedDown = counts;
}

function words({ room, listener, by }) {
  return [
    room && `You are in break-out room ${room}: those in it hear you, and you them.`,
    listener && `You whisper to ${listener.label}. Nobody else hears you.`,
    by && `${by.label} whispers to you. The others don’t hear it.`,
  ]
    .filter(Boolean)
    .join(' ');
}
