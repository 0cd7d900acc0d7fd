/**
 * What can stand in the way of talking through the browser, by name, with the words that people read.
 * The names are those of #browser's data-trouble.
 *
 * `retry`: trying again may help. `listen`: one can still listen without a microphone.
 */
const TROUBLES = {
  refused: {
    title: 'Your microphone is blocked',
    text: 'This page isn’t allowed to use it. Open the site’s settings, beside the address at the top, allow the microphone, and try again.',
    retry: true,
    listen: true,
  },
  dismissed: {
    title: 'The question was closed',
    text: 'Your browser asked for the microphone and got no answer. Try again, and choose Allow.',
    retry: true,
    listen: true,
  },
  system: {
    title: 'Your system blocks the microphone',
    text: 'The browser itself isn’t allowed to use it. Allow that in your system’s privacy settings, and try again.',
    retry: true,
    listen: true,
  },
  missing: {
    title: 'No microphone found',
    text: 'Plug one in, or turn your headset on, and try again. Without one you can still listen.',
    retry: true,
    listen: true,
  },
  in_use: {
    title: 'Your microphone is busy',
    text: 'Another program holds it: a call in another window, perhaps. Close that, and try again.',
    retry: true,
    listen: true,
  },
  insecure: {
    title: 'This link isn’t secure',
    text: 'Browsers give a microphone only to pages whose address begins with https. Ask the host for such a link, or just listen.',
    retry: false,
    listen: true,
  },
  unsupported: {
    title: 'This browser can’t talk',
    text: 'It is too old for calls, or they are turned off in it. A current Chrome, Edge, Firefox or Safari can.',
    retry: false,
    listen: false,
  },
  unreachable: {
    title: 'The sound can’t get through',
    text: 'Your network seems to block calls. Try another one, or have us ring your phone: that goes around it.',
    retry: true,
    listen: false,
  },
};

/** Names of all troubles. */
export const troubleNames = Object.freeze(Object.keys(TROUBLES));

/** Something stands in the way; `name` says what. */
export class Trouble extends Error {
  constructor(name) {
    super(TROUBLES[name].title);
    this.name = name;
  }
}

/** The words for a trouble. */
export function describeTrouble(name) {
  return TROUBLES[name];
}

/**
 * Which trouble an error of getUserMedia is. `permission` is the state of the permission after it: a
 * question that was closed without an answer is still open.
 */
export function troubleOf({ name, message = '' }, permission) {
  switch (name) {
    case 'NotAllowedError':
      if (/system/i.test(message)) return 'system';
      return permission === 'prompt' ? 'dismissed' : 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'in_use';
    case 'SecurityError':
      return 'refused';
    default:
      return 'unsupported';
  }
}

/** What stands in the way of any call before anything is asked, or null. */
export function hindrance({ isSecure, canConnect, canCapture }) {
  if (!canConnect) return 'unsupported';
  if (!isSecure || !canCapture) return 'insecure';
  return null;
}
