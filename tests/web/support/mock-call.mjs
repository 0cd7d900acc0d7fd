import { randomBytes } from 'node:crypto';

/** A call that a page placed. */
export class MockCall {
  id = randomBytes(16).toString('hex');
  ending = null;

  constructor(conference, participant, number) {
    this.conference = conference;
    this.participant = participant;
    this.number = number;
  }

  view() {
    const { state = 'ended', muted = false } =
      this.conference.participants.get(this.participant) ?? {};
    const { id, participant, number, ending } = this;
    return { id, participant, number, muted, state, ending };
  }

  /** The call goes on: `ringing`, `answered` or `in`. */
  advance(state) {
    this.update(state === 'in' ? { state, joined_at: new Date().toISOString() } : { state });
  }

  update(properties) {
    if (this.ending === null) this.conference.change(this.participant, properties);
  }

  end(ending) {
    this.conference.remove(this.participant, ending);
  }

  /** What *Cancel* and *Hang up* do. */
  hangUp() {
    const pickedUp = ['answered', 'in'].includes(this.view().state);
    this.end(pickedUp ? 'left' : 'cancelled');
  }
}

/** A browser that has joined. */
export class MockSession extends MockCall {
  etag = '"ice"';
  /** Fragments with candidates that came. */
  trickled = [];
  /** How often ICE was restarted. */
  restarts = 0;
}
