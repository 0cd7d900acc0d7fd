/**
 * What carries the sound: a link, and the session at the server that answered it. A new one takes the
 * place of the old one, which is then of no interest any more, whatever it still does.
 */

/** Longest from the answer to a path for the sound, over TCP at the slowest. */
const CONNECT_MS_MAX = 15_000;
/** Longest from an ICE restart to a path. */
const RESTART_MS_MAX = 8_000;

export class Connection {
  #key;
  #on;
  #world;
  #link = null;
  #session = null;

  /**
   * `on` hears `transport(state)`, as RTCPeerConnection.connectionState, and `stream(stream)` with
   * the conference's sound, or null once there is none. `world` makes links and begins sessions.
   */
  constructor(key, on, world) {
    this.#key = key;
    this.#on = on;
    this.#world = world;
  }

  /** State of the transport; see RTCPeerConnection.connectionState. */
  get transport() {
    return this.#link?.state ?? 'closed';
  }

  /**
   * Offers `track` (or nothing) to the server; resolves to the session's secret, or to null if the
   * connection was ended meanwhile. Throws the `Problem` if the server refuses.
   */
  async begin(track, identity) {
    this.#link?.close();
    const link = this.#createLink();
    await link.setTrack(track);
    const session = await this.#world.begin(this.#key, await link.offer(), identity);
    if (link === this.#link) {
      this.#session = session;
      return session.secret;
    }
    session.end().catch(() => {});
    return null;
  }

  /** Takes the server's answer, and resolves once there is a path for the sound. Throws a `Trouble`. */
  async establish() {
    const link = this.#link;
    await link.accept(this.#session.answer);
    await link.connected(CONNECT_MS_MAX);
  }

  /** Looks for new paths within the session; `onAgreed()` is called once the server has agreed. */
  async restart(onAgreed = () => {}) {
    const [link, session] = [this.#link, this.#session];
    await link.restart((fragment) => session.restart(fragment));
    onAgreed();
    await link.connected(RESTART_MS_MAX);
  }

  /** What is sent from now on: a microphone's track, or null. */
  async setTrack(track) {
    await this.#link?.setTrack(track);
  }

  /** The browser's statistics, as a list; empty without a link. */
  async statistics() {
    return (await this.#link?.statistics()) ?? [];
  }

  /** Ends the session at the server, whether that hears of it or not; the link stays until the next. */
  async endSession(options) {
    const session = this.#session;
    this.#session = null;
    await session?.end(options).catch(() => {});
  }

  /** Forgets the session, of which the server knows no more, and closes the link. */
  close() {
    this.#session = null;
    const link = this.#link;
    this.#link = null;
    link?.close();
    this.#on.stream(null);
  }

  #createLink() {
    const isCurrent = () => link === this.#link;
    const link = this.#world.createLink({
      onState: (state) => isCurrent() && this.#on.transport(state),
      onStream: (stream) => isCurrent() && this.#on.stream(stream),
      // Without the candidates, ICE finds out by itself where the checks come from.
      onFragment: (fragment) => isCurrent() && this.#session?.trickle(fragment).catch(() => {}),
    });
    this.#link = link;
    return link;
  }
}
