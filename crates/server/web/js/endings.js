/**
 * Every way a call ends, by its name in the API, with the words that people read.
 *
 * `tone` picks the colour and icon of the ending card: `done` for an ordinary end, `missed` when the
 * phone was not picked up, `fault` when something broke.
 */
const ENDINGS = {
  busy: {
    title: 'Your line is busy',
    text: 'Your phone is on another call. End that one, then try again.',
    tone: 'missed',
  },
  no_answer: {
    title: 'Nobody picked up',
    text: 'We let your phone ring, but nobody answered.',
    tone: 'missed',
  },
  declined: {
    title: 'The call was declined',
    text: 'Your phone turned the call down. If that was a slip, have us ring again.',
    tone: 'missed',
  },
  not_reachable: {
    title: 'That number can’t be reached',
    text: 'The phone may be off or out of coverage, or the number may have a digit wrong.',
    tone: 'fault',
  },
  cancelled: {
    title: 'Call cancelled',
    text: 'We stopped ringing your phone.',
    tone: 'done',
  },
  trunk_failed: {
    title: 'The call could not be placed',
    text: 'Our phone line is having trouble. Try again in a moment, or dial in instead.',
    tone: 'fault',
  },
  not_confirmed: {
    title: 'Nobody pressed 1',
    text: 'Your phone was picked up, but the call wasn’t confirmed. Have us ring again, and press 1.',
    tone: 'missed',
  },
  wrong_pin: {
    title: 'That wasn’t the PIN',
    text: 'Too many wrong PINs were typed. Ask the host for the right one.',
    tone: 'fault',
  },
  not_admitted: {
    title: 'You weren’t let in',
    text: 'The host said no, or nobody was there to say yes.',
    tone: 'fault',
  },
  left: {
    title: 'You left the conference',
    text: 'The others are still just one call away.',
    tone: 'done',
  },
  removed: {
    title: 'You were removed',
    text: 'The host ended your call to this conference.',
    tone: 'fault',
  },
  conference_ended: {
    title: 'The conference has ended',
    text: 'The host closed it for everybody. Thanks for being there.',
    tone: 'done',
  },
  replaced: {
    title: 'You joined somewhere else',
    text: 'You are in by another window or tab now, so this one left.',
    tone: 'done',
  },
  not_connected: {
    title: 'The sound couldn’t get through',
    text: 'Your network seems to block calls. Try another one, or have us ring your phone.',
    tone: 'fault',
  },
  media_lost: {
    title: 'We lost your phone',
    text: 'No sound reached us for a while, so the call was ended. Check your signal and call again.',
    tone: 'fault',
  },
  server_stopped: {
    title: 'The server was stopped',
    text: 'Your call was ended for maintenance. Try again in a minute.',
    tone: 'fault',
  },
};

/** What differs for who was in by browser; all else reads the same. */
const BROWSER_ENDINGS = {
  left: { text: 'The others are still just one click away.' },
  removed: { text: 'The host took you out of this conference.' },
  media_lost: {
    title: 'The connection was lost',
    text: 'No sound came through for a while, so you were taken out. Look at your network, then join again.',
  },
  server_stopped: { text: 'You were taken out for maintenance. Try again in a minute.' },
};

/** What differs for the phone of who is still in by browser. */
const SECOND_ENDINGS = {
  left: { title: 'You hung up the phone', text: 'You hear and talk through this browser again.' },
};

/** For a call whose ending the server no longer remembers. */
const FORGOTTEN = {
  title: 'Your call is over',
  text: 'It ended while this page was away.',
  tone: 'done',
};

/** Names of all endings the page knows. */
export const endingNames = Object.freeze(Object.keys(ENDINGS));

/**
 * The words for an ending's name; an unknown or missing name gets words that fit any. `way` is
 * `phone`, `browser`, or `second` for a phone beside a browser that is still in.
 */
export function describeEnding(name, way = 'phone') {
  const words = own(ENDINGS, name) ?? FORGOTTEN;
  const others = { browser: BROWSER_ENDINGS, second: SECOND_ENDINGS };
  return { ...words, ...own(own(others, way) ?? {}, name) };
}

function own(table, name) {
  return Object.hasOwn(table, name ?? '') ? table[name] : undefined;
}
