/** The settings of the sound: which microphone, which loudspeaker, and how loud the microphone is. */
import { isThere } from './devices.js';
import { byId, show } from './dom.js';

/** How often the level is told to screen readers that ask for it. */
const TOLD_EVERY_MS = 1_000;

let toldAt = 0;

/**
 * Renders the choices. `microphone` and `speaker` are the ids in use; where the browser lets no page
 * choose the loudspeaker, nothing is said of it.
 */
export function renderDevices({ microphones, speakers, microphone, speaker, canChooseSpeaker }) {
  fill(byId('microphone'), microphones, microphone);
  fill(byId('speaker'), speakers, isThere(speakers, speaker) ? speaker : speakers[0]?.id);
  show(byId('microphone-field'), microphones.length > 0);
  show(byId('speaker-field'), canChooseSpeaker && speakers.length > 0);
}

/** Renders the microphone's level, 0 to 1. */
export function renderLevel(level, now = performance.now()) {
  const value = level.toFixed(3);
  byId('level').style.setProperty('--level', value);
  byId('dial-level').style.setProperty('--level', value);
  if (now - toldAt < TOLD_EVERY_MS) return;
  toldAt = now;
  byId('level').setAttribute('aria-valuenow', String(Math.round(level * 100)));
}

/** Rebuilds the options only when they differ: a list that is open must not close by itself. */
function fill(select, choices, chosen) {
  const same =
    select.options.length === choices.length &&
    choices.every(({ id, label }, index) => {
      const option = select.options[index];
      return option.value === id && option.text === label;
    });
  if (!same) select.replaceChildren(...choices.map(({ id, label }) => new Option(label, id)));
  if (chosen !== undefined && chosen !== null && select.value !== chosen) select.value = chosen;
}
