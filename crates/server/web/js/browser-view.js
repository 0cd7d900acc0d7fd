/** The card of the way by browser: one panel at a time, after the state of my call. */
import { isLive } from './browser-call.js';
import { doorWords } from './doors.js';
import { byId, setIcon, setText, show } from './dom.js';
import { describeEnding } from './endings.js';
import { switchPanel } from './panels.js';
import { durationText } from './time.js';
import { describeTrouble } from './troubles.js';

const PANELS = {
  idle: 'join-form',
  asking: 'panel-asking',
  trouble: 'panel-trouble',
  lost: 'panel-left',
  ended: 'panel-left',
};
const PANEL_OF_TALK = 'panel-talk';

const LOST = {
  title: 'The connection is gone',
  text: 'We tried for a while to get you back in. Look at your network, then join again.',
};

/** Headline and explanation during a call; `isWeak`: the connection is poor. */
export function talkWords(call, { isOnline = true, isWeak = false } = {}) {
  if (call.phase === 'joining') return { status: 'Joining…', detail: 'You’re in within a moment.' };
  if (call.phase === 'reconnecting') {
    return isOnline
      ? { status: 'Reconnecting…', detail: 'The connection broke. Stay here: we’re getting you back in.' }
      : { status: 'You’re offline', detail: 'As soon as there is a network again, you’re back in.' };
  }
  if (call.door) return doorWords(call.door);
  if (call.held) {
    return {
      status: 'You are on the phone now',
      detail: 'This browser’s microphone and speaker rest. Hang up the phone to talk here again.',
    };
  }
  if (call.listening) {
    return { status: 'You’re listening', detail: 'You hear everybody. Nobody hears you.' };
  }
  if (call.muted && call.mutedBy === 'host') {
    return { status: 'Muted by the host', detail: 'Nobody hears you until you unmute.' };
  }
  if (call.muted) return { status: 'You’re in, muted', detail: 'Nobody hears you until you unmute.' };
  if (isWeak) {
    return { status: 'You’re in', detail: 'Your connection is weak. On your phone it may sound better.' };
  }
  return { status: 'You’re in', detail: 'Everybody hears you. Just talk.' };
}

/** What the button about the microphone says and does. */
export function muteWords(call) {
  if (call.listening) return 'Talk too';
  return call.muted ? 'Unmute' : 'Mute';
}

/**
 * Renders the card. `mayJoin`: the conference is open; `isOnPhone`: I am in by phone; `now` is by
 * the server's clock.
 */
export function renderBrowser({ call, soundBlocked, isOnline, isWeak, mayJoin, isOnPhone, now }) {
  const card = byId('browser');
  Object.assign(card.dataset, {
    state: call.phase,
    trouble: call.trouble ?? '',
    ending: call.ending ?? '',
    muted: call.muted,
    mutedBy: call.muted ? (call.mutedBy ?? '') : '',
    listening: call.listening,
    held: call.held,
    sound: soundBlocked ? 'blocked' : 'on',
  });
  renderJoin(isOnPhone);
  if (call.phase === 'asking') renderAsking(call);
  if (call.phase === 'trouble') renderTrouble(call);
  if (isLive(call)) renderTalk(call, talkWords(call, { isOnline, isWeak }), soundBlocked, now);
  if (call.phase === 'lost' || call.phase === 'ended') renderLeft(call, mayJoin);
  switchPanel(card, isLive(call) ? PANEL_OF_TALK : PANELS[call.phase]);
}

/** Renders only how long I have been in, each second. */
export function renderBrowserElapsed(call, now) {
  const counts = call.phase === 'in' && call.joinedAt !== null;
  setText(byId('browser-elapsed'), counts ? durationText(now - Date.parse(call.joinedAt)) : '');
}

/** Who is on the phone already brings the name, and only changes the way. */
function renderJoin(isOnPhone) {
  show(byId('name-field'), !isOnPhone);
  setText(byId('join-title'), isOnPhone ? 'Rather talk in this browser?' : 'Talk right here.');
  setText(byId('join-text'), isOnPhone ? 'Continue here' : 'Join with this browser');
}

function renderAsking({ prompting }) {
  const title = prompting ? 'Now choose “Allow”' : 'May we use your microphone?';
  const text = prompting
    ? 'Your browser is asking, at the top of its window or at the bottom of the screen.'
    : 'It is how the others hear you. Your browser asks you next; there, choose “Allow”. You can mute yourself whenever you like.';
  setText(byId('asking-title'), title);
  setText(byId('asking-text'), text);
  // Not hidden nor `disabled`: that would take the focus away from whoever just pressed it by keyboard.
  for (const id of ['allow', 'listen']) byId(id).setAttribute('aria-disabled', String(prompting));
}

function renderTrouble({ trouble }) {
  const { title, text, retry, listen } = describeTrouble(trouble);
  setText(byId('trouble-title'), title);
  setText(byId('trouble-text'), text);
  show(byId('try-again'), retry);
  show(byId('listen-anyway'), listen);
}

function renderTalk(call, { status, detail }, soundBlocked, now) {
  const isIn = call.phase === 'in';
  setText(byId('browser-status'), status);
  setText(byId('browser-detail'), detail);
  const silent = call.muted && !call.listening;
  const microphone = silent ? 'mic-off' : 'mic';
  setIcon(byId('browser-icon'), call.listening ? 'headset' : microphone);
  show(byId('browser-mute'), !call.held && call.phase !== 'joining');
  byId('browser-mute').setAttribute('aria-pressed', String(silent));
  setText(byId('browser-mute-text'), muteWords(call));
  setIcon(byId('browser-mute').querySelector('svg'), microphone);
  show(byId('asked'), call.asked && isIn); // on the phone, too: muted and heard is one for both
  show(byId('tap-to-hear'), soundBlocked && !call.held);
  show(byId('level'), isIn && !call.muted && !call.held);
  show(byId('devices'), isIn && !call.held);
  renderBrowserElapsed(call, now);
}

function renderLeft({ phase, ending, reason }, mayJoin) {
  const { title, text } = phase === 'lost' ? LOST : describeEnding(ending, 'browser');
  setText(byId('browser-ending-title'), title);
  setText(byId('browser-ending-text'), reason ?? text);
  show(byId('rejoin'), mayJoin);
  show(byId('other-way'), mayJoin);
}
