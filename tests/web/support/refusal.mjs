/** What a server says that has no time for anybody else. */
export const SERVER_FULL = {
  status: 503,
  code: 'server_full',
  detail: 'The server is full just now. Please try again in a moment.',
};

/** A refusal, sent as problem+json. */
export class Refusal extends Error {
  constructor(status, code, detail, field) {
    super(detail);
    Object.assign(this, { status, code, field });
  }

  static of({ status, code, detail, field }) {
    return new Refusal(status, code, detail, field);
  }
}
