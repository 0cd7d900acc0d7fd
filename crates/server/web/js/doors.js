/** What is waited for between an answered call and the conference, by its name in the API. */
const WORDS = {
  confirming: {
    status: 'Press 1 on your phone',
    detail: 'So that we know it is you, and not your voicemail.',
    note: 'Asked to press 1',
  },
  too_early: {
    status: 'It is too early',
    detail: 'The host can open it by typing the host’s PIN on the phone, and then the # key.',
    note: 'Too early, may type the host’s PIN',
  },
  entering_pin: {
    status: 'Type the PIN on your phone',
    detail: 'And then the # key.',
    note: 'Typing the PIN',
  },
  saying_name: {
    status: 'Say your name on the phone',
    detail: 'After the tone. The others hear it as you come in.',
    note: 'Says the name',
  },
  awaiting_start: {
    status: 'Waiting for the set time',
    detail: 'It begins at the set time, or when the host comes. You come in by yourself then.',
    note: 'Waits for the set time',
  },
  awaiting_host: {
    status: 'Waiting for the host',
    detail: 'The conference begins when the host is there. Nobody hears you yet.',
    note: 'Waits for the host',
  },
  in_lobby: {
    status: 'Waiting to be let in',
    detail: 'The host sees that you are here. Nobody hears you yet.',
    note: 'Waits to be let in',
  },
};

/** Whether a state is one of waiting before the conference. */
export function isAtDoor(state) {
  return Object.hasOwn(WORDS, state);
}

/** Whether a state is one of waiting for a conference that hasn't begun. */
export function waitsForBeginning(state) {
  return state === 'awaiting_start' || state === 'awaiting_host';
}

/** Headline, explanation, and a note for the list of people. */
export function doorWords(state) {
  return WORDS[state];
}
