use super::*;
use crate::limits::{ATTRIBUTES_MAX, BYTES_MAX, FORMATS_MAX, LINES_MAX, MEDIA_MAX};
use proptest::prelude::*;

const START: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n";

fn parse(text: &str) -> Result<SessionDescription, ParseError> {
    SessionDescription::parse(text.as_bytes())
}

fn parse_after_start(rest: &str) -> Result<SessionDescription, ParseError> {
    parse(&format!("{START}{rest}"))
}

#[test]
fn a_description_is_read_and_written() {
    let text = "v=0\r\n\
        o=alice 2890844526 2890844527 IN IP4 host.example.com\r\n\
        s=A talk\r\n\
        c=IN IP4 192.0.2.1\r\n\
        t=0 0\r\n\
        a=sendonly\r\n\
        m=audio 49170 RTP/AVP 0 96\r\n\
        c=IN IP6 2001:db8::1\r\n\
        a=rtpmap:96 opus/48000/2\r\n\
        a=rtcp-mux\r\n\
        m=video 0 RTP/AVP 31\r\n";
    let description = parse(text).unwrap();
    assert_eq!(description.to_string(), text);
    let name = "host.example.com".to_owned();
    assert_eq!(description.origin.address, Address::Name { family: AddressFamily::V4, name });
    let audio = &description.media[0];
    assert_eq!((audio.kind.as_str(), audio.port, audio.formats.len()), ("audio", 49_170, 2));
    assert_eq!(audio.connection, Some(Address::Ip("2001:db8::1".parse().unwrap())));
    assert_eq!(audio.attributes[1], Attribute::flag("rtcp-mux"));
    assert_eq!(description.media[1].connection, None);
}

#[test]
fn lines_that_are_not_needed_are_skipped() {
    let description = parse_after_start(
        "i=About\r\nu=http://example.com\r\ne=a@example.com\r\np=+1\r\nb=AS:84\r\nb=TIAS:64000\r\n\
         t=3034423619 3042462419\r\nr=7d 1h 0 25h\r\nz=0 0\r\nk=clear:x\r\nm=audio 1 RTP/AVP 0\r\ni=x\r\nb=RS:0\r\n",
    )
    .unwrap();
    assert_eq!(description.media.len(), 1);
    assert_eq!(description.to_string(), format!("{START}t=0 0\r\nm=audio 1 RTP/AVP 0\r\n"));
}

#[test]
fn what_phones_get_wrong_is_understood() {
    // No carriage returns, no session name, an empty line at the end, a name with spaces and a huge number.
    let description = parse(
        "v=0\no=John Q Public 99999999999999999999999 1 in ip4 192.0.2.1\ns=\n\
         c=IN IP4 224.2.1.1/127/3\nm=audio 49170/2 RTP/AVP 0\n\n",
    )
    .unwrap();
    assert_eq!(description.origin.username, "John Q Public");
    assert_eq!(description.origin.session_id, u64::MAX);
    assert_eq!(description.name, "-");
    assert_eq!(description.connection, Some(Address::Ip("224.2.1.1".parse().unwrap())));
    assert_eq!(description.media[0].port, 49_170);
    let nameless = parse("v=0\no=1 1 IN IP4 192.0.2.1\n").unwrap();
    assert_eq!(nameless.origin.username, "-");
}

#[test]
fn what_is_wrong_is_said_by_line() {
    let line = |rest: &str| match parse_after_start(rest) {
        Err(ParseError::Line { number, kind }) => (number, kind),
        other => panic!("{other:?}"),
    };
    assert_eq!(line("c=IN IP4\r\n"), (4, 'c'));
    assert_eq!(line("c=IN IP4 2001:db8::1\r\n"), (4, 'c'));
    assert_eq!(line("c=ATM NSAP 47\r\n"), (4, 'c'));
    assert_eq!(line("t=0 0\r\nm=audio\r\n"), (5, 'm'));
    assert_eq!(line("m=audio 70000 RTP/AVP 0\r\n"), (4, 'm'));
    assert_eq!(line("m=audio x RTP/AVP 0\r\n"), (4, 'm'));
    assert_eq!(line("a=\r\n"), (4, 'a'));
    assert_eq!(line("a=:value\r\n"), (4, 'a'));
    assert_eq!(line("nonsense\r\n"), (4, '?'));
    assert_eq!(line("o=- 1 x IN IP4 192.0.2.1\r\n"), (4, 'o'));
}

#[test]
fn what_is_not_a_description_is_refused() {
    assert_eq!(parse(""), Err(ParseError::Version));
    assert_eq!(parse("v=1\r\n"), Err(ParseError::Version));
    assert_eq!(parse("o=- 1 1 IN IP4 192.0.2.1\r\nv=0\r\n"), Err(ParseError::Version));
    assert_eq!(parse("v=0\r\ns=-\r\n"), Err(ParseError::NoOrigin));
    assert_eq!(SessionDescription::parse(b"v=0\r\ns=\xFF\r\n"), Err(ParseError::NotText));
    assert_eq!(parse_after_start("a=x\0y\r\n"), Err(ParseError::NotText));
    assert_eq!(parse_after_start("a=x\ry\r\n"), Err(ParseError::NotText));
}

#[test]
fn every_limit_is_named_when_it_is_reached() {
    let too_much = |rest: String| match parse_after_start(&rest) {
        Err(ParseError::TooMuch { what, max }) => Some((what, max)),
        Ok(_) => None,
        other => panic!("{other:?}"),
    };
    let media = "m=audio 1 RTP/AVP 0\r\n";
    assert_eq!(too_much(media.repeat(MEDIA_MAX)), None);
    assert_eq!(too_much(media.repeat(MEDIA_MAX + 1)), Some(("media", MEDIA_MAX)));
    let formats = |count| format!("m=audio 1 RTP/AVP{}\r\n", " 0".repeat(count));
    assert_eq!(too_much(formats(FORMATS_MAX)), None);
    assert_eq!(too_much(formats(FORMATS_MAX + 1)), Some(("formats in one media", FORMATS_MAX)));
    let attributes = |count| "a=x\r\n".repeat(count);
    assert_eq!(too_much(attributes(ATTRIBUTES_MAX)), None);
    let in_two_sections = attributes(ATTRIBUTES_MAX) + media + &attributes(ATTRIBUTES_MAX);
    assert_eq!(too_much(in_two_sections), None);
    let what = "attributes in one section";
    assert_eq!(too_much(attributes(ATTRIBUTES_MAX + 1)), Some((what, ATTRIBUTES_MAX)));
    assert_eq!(too_much("k=\r\n".repeat(LINES_MAX - 3)), None);
    assert_eq!(too_much("k=\r\n".repeat(LINES_MAX - 2)), Some(("lines", LINES_MAX)));
    let long = |bytes: usize| format!("k={}\r\n", "x".repeat(bytes - START.len() - 4));
    assert_eq!(too_much(long(BYTES_MAX)), None);
    assert_eq!(too_much(long(BYTES_MAX + 1)), Some(("bytes", BYTES_MAX)));
}

fn any_ip() -> impl Strategy<Value = Address> {
    prop_oneof![
        any::<std::net::Ipv4Addr>().prop_map(|ip| Address::Ip(ip.into())),
        any::<std::net::Ipv6Addr>().prop_map(|ip| Address::Ip(ip.into())),
        "[a-z][a-z0-9-]{0,8}\\.example"
            .prop_map(|name| Address::Name { family: AddressFamily::V6, name }),
    ]
}

fn any_attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let attribute = ("[!-9;-~]{1,12}", prop::option::of("[!-~]([ -~]{0,20}[!-~])?"))
        .prop_map(|(name, value)| Attribute { name, value });
    prop::collection::vec(attribute, 0..6)
}

fn any_media() -> impl Strategy<Value = Media> {
    let line =
        ("[a-z]{1,8}", any::<u16>(), "[A-Z/]{1,12}", prop::collection::vec("[!-~]{1,5}", 0..6));
    (line, prop::option::of(any_ip()), any_attributes()).prop_map(
        |(line, connection, attributes)| {
            let (kind, port, protocol, formats) = line;
            Media { kind, port, protocol, formats, connection, attributes }
        },
    )
}

fn any_description() -> impl Strategy<Value = SessionDescription> {
    let origin = ("[!-~]{1,10}", any::<u64>(), any::<u64>(), any_ip());
    let media = prop::collection::vec(any_media(), 0..4);
    (origin, "[!-~]([ -~]{0,20}[!-~])?", prop::option::of(any_ip()), any_attributes(), media)
        .prop_map(
            |(
                (username, session_id, session_version, address),
                name,
                connection,
                attributes,
                media,
            )| {
                let origin = Origin { username, session_id, session_version, address };
                SessionDescription { origin, name, connection, attributes, media }
            },
        )
}

proptest! {
    #[test]
    fn descriptions_survive_the_wire(description in any_description()) {
        prop_assert_eq!(parse(&description.to_string()), Ok(description));
    }

    #[test]
    fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = SessionDescription::parse(&bytes);
    }

    /// Random bytes end at the first line; these get further, and what is understood is written the same.
    #[test]
    fn any_lines_are_safe(lines in prop::collection::vec(("[ovscmatbk]", "[ -~é]{0,40}"), 0..20)) {
        let mut text = START.to_owned();
        for (kind, value) in lines {
            text.push_str(&format!("{kind}={value}\r\n"));
        }
        if let Ok(description) = parse(&text) {
            prop_assert_eq!(parse(&description.to_string()), Ok(description));
        }
    }
}
