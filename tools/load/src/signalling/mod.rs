//! How calls come to be and end: by SIP, or as browsers do.

pub mod browser;
