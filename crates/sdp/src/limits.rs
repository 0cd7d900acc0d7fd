//! Limits of what is parsed. Beyond them a description is refused with
//! [`ParseError::TooMuch`](crate::ParseError::TooMuch), which names the limit.

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
