//! Session descriptions: parse, write, and offer/answer negotiation to a typed result.
