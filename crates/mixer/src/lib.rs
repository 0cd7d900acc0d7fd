//! The N-party mixer: rooms, speaker selection, mix-minus and shared encodes.
