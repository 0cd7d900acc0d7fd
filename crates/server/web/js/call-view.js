/**
 * The card of the way by phone: shows one panel at a time: the form, the call's progress, its ending,
 * or why there is no calling now.
 */
import { DOORS, STEPS, isUnderWay, stepOf } from './call.js';
import { doorWords } from './doors.js';
import { byId, setIcon, setText, show } from './dom.js';
import { describeEnding } from './endings.js';
import { switchPanel } from './panels.js';
import { durationText } from './time.js';

const PANELS = {
  loading: 'panel-loading',
  closed: 'panel-closed',
  idle: 'call-form',
  ended: 'panel-ended',
  over: 'panel-over',
};
const PANEL_OF_CALL = 'panel-live';

/** What the card shows, as its data-state: my call first, then what the conference allows. */
export function cardState(conference, call) {
  if (isUnderWay(call)) return call.phase;
  if (!conference) return 'loading';
  if (call.phase === 'ended') return 'ended';
  if (conference.state === 'ended') return 'over';
  return conference.open ? 'idle' : 'closed';
}

/** Headline and explanation while a call is under way. */
export function progressWords(call) {
  const number = call.number ?? 'your phone';
  if (call.leaving) return { status: 'Ending the call…', detail: 'One moment.' };
  if (DOORS.includes(call.phase)) return doorWords(call.phase);
  switch (call.phase) {
    case 'placing':
      return call.id
        ? { status: 'Finding your call…', detail: 'You were in a call before this page was loaded.' }
        : { status: 'Calling…', detail: `Asking for a line to ${number}.` };
    case 'calling':
      return { status: 'Calling…', detail: `Reaching ${number}.` };
    case 'ringing':
      return { status: 'Your phone is ringing', detail: `Pick up ${number} and you’re in.` };
    case 'answered':
      return { status: 'You picked up', detail: 'Bringing you into the conference.' };
    default:
      return call.muted
        ? { status: 'You’re in, muted', detail: 'Nobody hears you. Press *6 or Unmute to speak.' }
        : { status: 'You’re in', detail: 'Talk on your phone. *6 on its keypad mutes you.' };
  }
}

/** Renders the card. `byBrowser`: I am in another way already; `now` is by the server's clock. */
export function renderCall({ conference, call, speaking, canRepeat, byBrowser, now }) {
  const card = byId('call');
  const state = cardState(conference, call);

  card.dataset.state = state;
  card.dataset.ending = call.phase === 'ended' ? (call.ending ?? 'unknown') : '';
  card.dataset.speaking = String(speaking);
  if (isUnderWay(call)) renderProgress(call, now);
  if (state === 'ended') renderEnding(conference, call, canRepeat, byBrowser);
  setText(byId('call-title'), byBrowser ? 'Rather on your phone?' : 'We ring you. Pick up, you’re in.');
  switchPanel(card, isUnderWay(call) ? PANEL_OF_CALL : PANELS[state]);
}

/** Renders only how long I have been in, each second. */
export function renderElapsed(call, now) {
  const counts = call.phase === 'in' && call.joinedAt !== null;
  setText(byId('elapsed'), counts ? durationText(now - Date.parse(call.joinedAt)) : '');
}

function renderProgress(call, now) {
  const { status, detail } = progressWords(call);
  setText(byId('call-status'), status);
  setText(byId('call-detail'), detail);
  for (const item of byId('steps').children) {
    const position = STEPS.indexOf(item.dataset.step) - stepOf(call);
    item.dataset.status = position < 0 ? 'done' : position === 0 ? 'current' : 'todo';
    if (position === 0) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  }
  const pickedUp = stepOf(call) >= STEPS.indexOf('answered');
  show(byId('mute'), call.phase === 'in');
  show(byId('hang-up'), pickedUp);
  show(byId('cancel'), !pickedUp);
  // Not `disabled`: that would take the focus away from whoever just pressed it by keyboard.
  for (const id of ['hang-up', 'cancel']) byId(id).setAttribute('aria-disabled', String(call.leaving));
  byId('mute').setAttribute('aria-pressed', String(call.muted));
  setText(byId('mute-text'), call.muted ? 'Unmute' : 'Mute');
  setIcon(byId('mute').querySelector('svg'), call.muted ? 'mic-off' : 'mic');
  renderElapsed(call, now);
}

function renderEnding(conference, call, canRepeat, byBrowser) {
  const { title, text, tone } = describeEnding(call.ending, byBrowser ? 'second' : 'phone');
  const mayCall = conference.open && conference.state !== 'ended';
  byId('panel-ended').dataset.tone = tone;
  setText(byId('ending-title'), title);
  setText(byId('ending-text'), text);
  show(byId('call-again'), mayCall);
  show(byId('other-number'), mayCall && canRepeat);
}
