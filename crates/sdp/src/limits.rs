//! Limits of what is parsed. Beyond them a description is refused with
//! [`ParseError::TooMuch`](crate::ParseError::TooMuch), and a fragment with
//! [`FragmentError::TooMuch`](crate::browser::FragmentError::TooMuch), which name the limit.

/// Bytes of a description. Those of browsers, the longest there are, have four to eight thousand.
pub const BYTES_MAX: usize = 16_384;
/// Lines of a description.
pub const LINES_MAX: usize = 1_024;
/// Media lines of a description.
pub const MEDIA_MAX: usize = 16;
/// Formats on one media line: all payload types that there are.
pub const FORMATS_MAX: usize = 128;
/// Attributes of the session, or of one media line.
pub const ATTRIBUTES_MAX: usize = 256;
/// Bytes of a fragment with trickled candidates (RFC 8840).
pub const FRAGMENT_BYTES_MAX: usize = 8_192;
/// Candidates that are read of a fragment or an answer.
pub const CANDIDATES_MAX: usize = 64;
/// Bytes of a media line's name, `a=mid`. Those of browsers have one to three; longer ones than 16 don't fit
/// into a header extension (RFC 8285 section 4.2).
pub const MID_BYTES_MAX: usize = 64;
