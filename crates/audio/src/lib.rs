//! Frames, levels, limiting, resampling, tones and codecs: sound as numbers, without I/O.
