//! Which part of a file is wanted (RFC 9110 section 14).

use std::ops::Range;

/// What a request's `Range` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The whole file: nothing else was said, or nothing that is understood here, such as several ranges.
    All,
    /// Some of its bytes, at least one.
    Part(Range<u64>),
    /// Bytes that it doesn't have.
    Nothing,
}

impl Wanted {
    /// What is wanted of a file of so many bytes.
    pub(super) fn of(header: Option<&str>, length: u64) -> Wanted {
        let Some(spec) = header.and_then(|header| header.strip_prefix("bytes=")) else {
            return Wanted::All;
        };
        let Some((first, last)) = spec.split_once('-') else { return Wanted::All };
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(first) || !is_number(last) || (first.is_empty() && last.is_empty()) {
            return Wanted::All;
        }
        // A number of more digits than fit is beyond any file.
        let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
        let range = match (first, last) {
            ("", suffix) => length.saturating_sub(number(suffix))..length,
            (first, "") => number(first)..length,
            (first, last) if number(last) < number(first) => return Wanted::All,
            (first, last) => number(first)..number(last).saturating_add(1).min(length),
        };
        if range.is_empty() { Wanted::Nothing } else { Wanted::Part(range) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_they_are_meant() {
        let of = |header| Wanted::of(Some(header), 100);
        assert_eq!(Wanted::of(None, 100), Wanted::All);
        assert_eq!(of("bytes=0-9"), Wanted::Part(0..10));
        assert_eq!(of("bytes=90-"), Wanted::Part(90..100));
        assert_eq!(of("bytes=90-1000"), Wanted::Part(90..100));
        assert_eq!(of("bytes=-7"), Wanted::Part(93..100));
        assert_eq!(of("bytes=-1000"), Wanted::Part(0..100));
        for beyond in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(of(beyond), Wanted::Nothing, "{beyond}");
        }
        for odd in [
            "",
            "bytes=",
            "bytes=-",
            "bytes=5",
            "bytes=9-3",
            "bytes=1-2,4-5",
            "lines=1-2",
            "bytes=a-b",
            "bytes=+1-2",
        ] {
            assert_eq!(of(odd), Wanted::All, "{odd}");
        }
        assert_eq!(Wanted::of(Some("bytes=0-"), 0), Wanted::Nothing);
    }
}
