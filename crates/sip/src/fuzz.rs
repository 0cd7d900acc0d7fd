//! The way of bytes through this crate: for fuzzing, in one function, and for timing.

use crate::message::{Framed, Framer, Message, Raw};

/// Reads `data` as a datagram and as a stream, understands what can be understood, writes it again and reads that:
/// what we write must be what we have read.
///
/// # Panics
/// When it isn't, which is what a fuzzer looks for.
#[doc(hidden)]
pub fn fuzz_parse(data: &[u8]) {
    let mut framer = Framer::default();
    framer.push(data);
    while let Ok(Some(framed)) = framer.next() {
        if let Framed::Message(message) = framed {
            assert!(message.len() <= data.len(), "a stream yields no more than was put in");
        }
    }
    let Ok(raw) = Raw::screen(data) else { return };
    match Message::parse(&raw) {
        Ok(message) => check(&message),
        Err(fault) => {
            let source = ([192, 0, 2, 1], 5060).into();
            if let Some((_, refusal)) = raw.refusal(fault, source, "tag") {
                assert!(Raw::screen(&refusal).is_ok(), "a refusal is well-formed");
            }
        }
    }
}

/// Reads `data` as a datagram, and gives whether it is a message that is understood: what a bench times.
#[doc(hidden)]
#[must_use]
pub fn is_understood(data: &[u8]) -> bool {
    Raw::screen(data).and_then(|raw| Message::parse(&raw)).is_ok()
}

fn check(message: &Message) {
    let written = write(message);
    let raw = Raw::screen(&written);
    let again = raw.as_ref().map_err(|fault| *fault).and_then(Message::parse);
    match again {
        Ok(again) => assert_eq!(write(&again), written, "what was written is read the same"),
        // What is added (a Max-Forwards, brackets) may take a message over a limit.
        Err(fault) => assert!(fault.is_limit(), "what was read can't be written: {fault}"),
    }
}

fn write(message: &Message) -> bytes::Bytes {
    match message {
        Message::Request(request) => {
            let _ = (request.contact(), request.sdp(), request.uri.user());
            request.to_bytes()
        }
        Message::Response(response) => {
            let _ = (response.contact(), response.sdp());
            response.to_bytes()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SEEDS: [&[u8]; 4] = [
        include_bytes!("../tests/torture/wsinv.sip"),
        include_bytes!("../tests/torture/intmeth.sip"),
        include_bytes!("../tests/torture/esc01.sip"),
        include_bytes!("../tests/torture/unreason.sip"),
    ];

    proptest! {
        #[test]
        fn any_bytes_are_survived(data in proptest::collection::vec(any::<u8>(), 0..600)) {
            fuzz_parse(&data);
        }

        #[test]
        fn messages_with_some_bytes_changed_are_survived(
            seed in 0..SEEDS.len(),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut data = SEEDS[seed].to_vec();
            for (at, byte) in changes {
                let at = at.index(data.len());
                data[at] = byte;
            }
            fuzz_parse(&data);
        }

        #[test]
        fn messages_of_likely_pieces_are_survived(pieces in proptest::collection::vec(piece(), 0..40)) {
            fuzz_parse(pieces.concat().as_bytes());
        }
    }

    #[test]
    fn a_field_that_is_added_stays_where_it_is() {
        let request = String::from_utf8(SEEDS[2].to_vec()).unwrap();
        assert!(request.contains("Max-Forwards: "));
        fuzz_parse(request.replace("Max-Forwards: ", "Subject: ").as_bytes());
    }

    /// What SIP is made of.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "INVITE sip:a@b SIP/2.0\r\n",
            "SIP/2.0 200 OK\r\n",
            "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n",
            "From: <sip:a@b>;tag=1\r\n",
            "To: ",
            "Call-ID: x\r\n",
            "CSeq: 1 INVITE\r\n",
            "Content-Length: ",
            "Contact: ",
            "Route: ",
            "<sip:",
            ">",
            "\"",
            "\\",
            ";",
            ",",
            "@",
            "[::1]",
            ":5060",
            "=",
            "%4",
            "?",
            "tel:+1",
            "4294967296",
            "-1",
            " ",
            "\t",
            "\r\n",
            "\r\n ",
            "\r",
            "\u{e9}",
            "tag",
            "\r\n\r\n",
        ])
    }
}
