/**
 * The browser's end of the connection that carries the sound: an RTCPeerConnection with one audio
 * section, both ways. A person without a microphone has the same section with nothing to send, so
 * that a microphone can come and go without anything being negotiated again.
 */
import { candidatesIn, fragmentOf, withFragment } from './sdp-fragment.js';
import { Trouble } from './troubles.js';

/** Candidates found in quick succession are told in one request. */
const GATHER_MS = 150;

export class Link {
  #connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
  #sender;
  #answer = '';
  #candidates = [];
  #timer = null;
  #restarting = null;
  #waiting = new Set();
  #on;

  /**
   * `onState(state)` hears of the transport (as RTCPeerConnection.connectionState), `onStream(stream)`
   * of the conference's sound, and `onFragment(fragment)` of candidates to tell the server.
   */
  constructor({ onState, onStream, onFragment }) {
    this.#on = { state: onState, fragment: onFragment };
    const connection = this.#connection;
    connection.addEventListener('connectionstatechange', () => this.#changed());
    connection.addEventListener('track', ({ track, streams: [stream] }) => {
      onStream(stream ?? new MediaStream([track]));
    });
    connection.addEventListener('icecandidate', ({ candidate }) => this.#found(candidate));
    this.#sender = connection.addTransceiver('audio', { direction: 'sendrecv' }).sender;
  }

  /** The transport's state; see RTCPeerConnection.connectionState. */
  get state() {
    return this.#connection.connectionState;
  }

  /** The offer that begins a session. */
  async offer() {
    await this.#connection.setLocalDescription(hearingStereo(await this.#connection.createOffer()));
    return this.#connection.localDescription.sdp;
  }

  /** Takes the server's answer. */
  async accept(answer) {
    this.#answer = answer;
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer });
    this.#tellSoon();
  }

  /** What is sent from now on: a microphone's track, or null for nothing. */
  async setTrack(track) {
    await this.#sender.replaceTrack(track);
  }

  /**
   * Looks for new paths: `ask(fragment)` tells the server the new credentials and resolves to its
   * fragment. What the server refuses is taken back and thrown. One restart at a time.
   */
  restart(ask) {
    this.#restarting ??= this.#renegotiate(ask).finally(() => (this.#restarting = null));
    return this.#restarting;
  }

  /** Resolves once there is a path; throws the `Trouble` *unreachable* if there is none in time. */
  async connected(timeoutMs) {
    if (this.state === 'connected') return;
    await new Promise((resolve, reject) => {
      const settle = () => {
        if (this.state === 'connecting' || this.state === 'new' || this.state === 'disconnected') return;
        clearTimeout(timer);
        this.#waiting.delete(settle);
        if (this.state === 'connected') resolve();
        else reject(new Trouble('unreachable'));
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(settle);
        reject(new Trouble('unreachable'));
      }, timeoutMs);
      this.#waiting.add(settle);
    });
  }

  /** The browser's own statistics, as a list. */
  async statistics() {
    return [...(await this.#connection.getStats()).values()];
  }

  close() {
    clearTimeout(this.#timer);
    this.#connection.close(); // which fires no event
    this.#changed();
  }

  async #renegotiate(ask) {
    const connection = this.#connection;
    this.#candidates = [];
    await connection.setLocalDescription(hearingStereo(await connection.createOffer({ iceRestart: true })));
    const offer = connection.localDescription.sdp;
    let fragment;
    try {
      fragment = await ask(fragmentOf(offer, candidatesIn(offer)));
    } catch (problem) {
      if (this.state !== 'closed') await connection.setLocalDescription({ type: 'rollback' });
      throw problem;
    }
    await this.accept(withFragment(this.#answer, fragment));
  }

  #changed() {
    for (const settle of [...this.#waiting]) settle();
    this.#on.state(this.state);
  }

  /** Candidates wait until the server has answered: before that, nobody could be told. */
  #found(candidate) {
    this.#candidates.push(candidate?.candidate ?? '');
    this.#tellSoon();
  }

  #tellSoon() {
    if (this.#answer === '' || this.#candidates.length === 0) return;
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  #tell() {
    this.#timer = null;
    if (this.#connection.signalingState !== 'stable') return; // a restart's answer comes first
    const complete = this.#connection.iceGatheringState === 'complete';
    const { sdp } = this.#connection.localDescription;
    this.#on.fragment(fragmentOf(sdp, this.#candidates.splice(0), { complete }));
  }
}

/**
 * An offer that says that we can play two channels: some browsers don't, which can. A server that places voices
 * from left to right sends them then.
 */
function hearingStereo({ type, sdp }) {
  const says = (line) => (line.includes('stereo=') ? line : `${line};stereo=1`);
  return { type, sdp: sdp.replace(/^a=fmtp:\d+ .*useinbandfec=1[^\r\n]*/gm, says) };
}
