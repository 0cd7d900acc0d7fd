/** What I have to know of where I am heard: in a break-out room, or by one person alone. */
import { announce } from './announcer.js';
import { byId, setText, show } from './dom.js';

let told = '';

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

function words({ room, listener, by }) {
  return [
    room && `You are in break-out room ${room}: those in it hear you, and you them.`,
    listener && `You whisper to ${listener.label}. Nobody else hears you.`,
    by && `${by.label} whispers to you. The others don’t hear it.`,
  ]
    .filter(Boolean)
    .join(' ');
}
