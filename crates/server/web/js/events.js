/**
 * The live event stream of a conference: a `snapshot`, then increments, and after every break a new
 * snapshot. The browser's EventSource reconnects by itself after a dropped connection, but gives up
 * for good when the server answers with an error, as a restarting one does; this one never gives up.
 */

/** Kinds of events that the server sends. */
export const EVENT_TYPES = Object.freeze([
  'snapshot',
  'conference',
  'details',
  'participant',
  'speaking',
  'quality',
  'echo_found',
  'unmute_asked',
  'left',
]);

const RETRY_FIRST_MS = 1_000;
const RETRY_LONGEST_MS = 15_000;
const SOURCE_CLOSED = 2; // EventSource.CLOSED, which tests outside a browser lack

/** How long to wait before attempt number `attempt` (from 0) after the server refused. */
export function retryDelayMs(attempt) {
  return Math.min(RETRY_FIRST_MS * 2 ** Math.min(attempt, 10), RETRY_LONGEST_MS);
}

/**
 * Follows `url`. Calls `onEvent({type, data})` for each event, `onConnection(state)` when the state
 * becomes `live` or `reconnecting`, and `onRefused()` when the server answered with an error, so
 * that the owner can find out why and maybe `close()`.
 */
export class EventStream {
  #url;
  #on;
  #environment;
  #source = null;
  #timer = null;
  #attempt = 0;
  #connection = 'connecting';

  constructor(url, { onEvent, onConnection, onRefused }, environment = browserEnvironment()) {
    this.#url = url;
    this.#on = { event: onEvent, connection: onConnection, refused: onRefused };
    this.#environment = environment;
  }

  /** Connects, or connects afresh at once: after the network came back, say. */
  open() {
    this.#drop();
    const source = this.#environment.connect(this.#url);
    this.#source = source;
    for (const type of EVENT_TYPES) {
      source.addEventListener(type, (message) => this.#take(type, message));
    }
    source.addEventListener('error', () => this.#lose(source));
  }

  /** Stops for good. */
  close() {
    this.#drop();
    this.#connection = 'closed';
  }

  #take(type, message) {
    const data = JSON.parse(message.data);
    if (type === 'snapshot') {
      this.#attempt = 0;
      this.#become('live');
    }
    this.#on.event({ type, data });
  }

  #lose(source) {
    if (source !== this.#source) return;
    this.#become('reconnecting');
    if (source.readyState !== SOURCE_CLOSED) return; // it retries by itself
    this.#timer = this.#environment.setTimer(() => this.open(), retryDelayMs(this.#attempt));
    this.#attempt += 1;
    this.#on.refused();
  }

  #become(connection) {
    if (this.#connection === connection) return;
    this.#connection = connection;
    this.#on.connection(connection);
  }

  #drop() {
    this.#source?.close();
    this.#source = null;
    this.#environment.clearTimer(this.#timer);
    this.#timer = null;
  }
}

function browserEnvironment() {
  return {
    connect: (url) => new EventSource(url),
    setTimer: (action, delayMs) => setTimeout(action, delayMs),
    clearTimer: (timer) => clearTimeout(timer),
  };
}
