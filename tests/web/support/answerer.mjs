/**
 * The other end of the sound for the mock: a tab of the same Chromium that answers offers with
 * RTCPeerConnections of its own. So the page under test has a real connection, which can really break.
 */
import { fragmentOf, withFragment } from '../../../crates/server/web/js/sdp-fragment.js';

export class Answerer {
  #page;
  #offers = new Map();

  /** `browser` is a `Browser`. */
  static async open(browser) {
    const page = await browser.newPage();
    await page.evaluate(prepare);
    return new Answerer(page);
  }

  constructor(page) {
    this.#page = page;
  }

  /** Answers the offer of the session `id`, with all candidates. */
  async answer(id, offer) {
    this.#offers.set(id, offer);
    return this.#page.evaluate((session, sdp) => globalThis.answer(session, sdp), id, offer);
  }

  /** Restarts ICE after the page's fragment; gives the fragment for the page. */
  async restart(id, fragment) {
    const answer = await this.answer(id, withFragment(this.#offers.get(id), fragment));
    const candidates = answer.match(/(?<=^a=)candidate:.*$/gm) ?? [];
    return fragmentOf(answer, candidates, { complete: true });
  }

  /** Resolves once the session's connection is up. */
  connected(id) {
    return this.#page.evaluate((session) => globalThis.connected(session), id);
  }

  /** How many packets of sound came in the session. */
  packets(id) {
    return this.#page.evaluate((session) => globalThis.packets(session), id);
  }

  /** Loudness of what comes in the session now: 0 for silence. */
  loudness(id) {
    return this.#page.evaluate((session) => globalThis.loudness(session), id);
  }

  /** Ends the session's connection, as a server that is killed does: without a word. */
  drop(id) {
    return this.#page.evaluate((session) => globalThis.drop(session), id);
  }

  close() {
    return this.#page.close();
  }
}

/** Runs in the tab. */
function prepare() {
  const connections = new Map();

  globalThis.answer = async (id, sdp) => {
    const connection = connections.get(id) ?? connect(id);
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    while (connection.iceGatheringState !== 'complete') {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return connection.localDescription.sdp;
  };

  globalThis.connected = async (id) => {
    while (['new', 'connecting'].includes(connections.get(id)?.connectionState)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return connections.get(id)?.connectionState === 'connected';
  };

  globalThis.packets = async (id) => (await inbound(id))?.packetsReceived ?? 0;

  globalThis.loudness = async (id) => {
    const before = (await inbound(id))?.totalAudioEnergy ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return ((await inbound(id))?.totalAudioEnergy ?? 0) - before;
  };

  globalThis.drop = (id) => {
    connections.get(id).close();
    connections.delete(id);
  };

  function connect(id) {
    const connection = new RTCPeerConnection();
    const context = new AudioContext();
    const silence = context.createMediaStreamDestination();
    connection.addTrack(silence.stream.getAudioTracks()[0], silence.stream);
    connection.addEventListener('track', ({ track }) => {
      const sink = new Audio(); // Chromium decodes only what is played somewhere
      sink.muted = true;
      sink.srcObject = new MediaStream([track]);
    });
    connections.set(id, connection);
    return connection;
  }

  async function inbound(id) {
    const statistics = (await connections.get(id)?.getStats()) ?? new Map();
    return [...statistics.values()].find(({ type }) => type === 'inbound-rtp');
  }
}
