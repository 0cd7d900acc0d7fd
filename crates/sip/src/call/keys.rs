//! Keys that a peer sends by INFO, as phones and gateways do that have no telephone-event (RFC 4733).
//!
//! No RFC says how. Two forms are in use: `application/dtmf-relay` (Cisco's, lines such as `Signal=5` and
//! `Duration=160`), and `application/dtmf`, whose body is the key itself. Some write 10 for `*` and 11 for `#`,
//! as RFC 4733 numbers them.

use crate::message::Request;

/// The longest body that is looked at, in bytes: a few short lines.
const BODY_BYTES_MAX: usize = 256;

/// The media types that are understood, for `Accept`.
pub(super) const ACCEPTED: &str = "application/sdp, application/dtmf-relay, application/dtmf";

/// The key that an INFO is about: `0`–`9`, `*`, `#`, `A`–`D`. None if it is about something else.
pub(super) fn key_of(info: &Request) -> Option<char> {
    let body = std::str::from_utf8(info.body.get(..info.body.len().min(BODY_BYTES_MAX))?).ok()?;
    let media_type = info.media_type()?;
    if media_type.eq_ignore_ascii_case("application/dtmf-relay") {
        let signal = body.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then(|| value.trim())
        });
        return key(signal?);
    }
    media_type.eq_ignore_ascii_case("application/dtmf").then(|| key(body.trim()))?
}

fn key(text: &str) -> Option<char> {
    let mut chars = text.chars();
    match (chars.next()?, chars.next()) {
        (label @ ('0'..='9' | '*' | '#'), None) => Some(label),
        (label @ ('a'..='d' | 'A'..='D'), None) => Some(label.to_ascii_uppercase()),
        _ => match text {
            "10" => Some('*'),
            "11" => Some('#'),
            "12" => Some('A'),
            "13" => Some('B'),
            "14" => Some('C'),
            "15" => Some('D'),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_by_label_and_by_number() {
        for (text, expected) in
            [("5", '5'), ("*", '*'), ("#", '#'), ("10", '*'), ("11", '#'), ("d", 'D')]
        {
            assert_eq!(key(text), Some(expected), "{text}");
        }
        for text in ["", "16", "55", "!", "é", "1 2", "010"] {
            assert_eq!(key(text), None, "{text}");
        }
    }
}
