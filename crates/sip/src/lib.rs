//! Trunks and calls over SIP, behind our own types.
