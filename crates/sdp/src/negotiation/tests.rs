use super::*;
use crate::SessionDescription;
use proptest::prelude::*;

fn local() -> LocalMedia {
    LocalMedia::new("198.51.100.1:20000".parse().unwrap(), 42)
}

fn peer() -> LocalMedia {
    LocalMedia::new("192.0.2.7:4000".parse().unwrap(), 7)
}

/// A description of the peer's with the given lines after the session's.
fn described(lines: &str) -> SessionDescription {
    let text =
        format!("v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n{lines}");
    SessionDescription::parse(text.as_bytes()).unwrap()
}

fn answered(lines: &str) -> Result<Negotiated, Refusal> {
    answer(&described(lines), &local()).map(|(_, negotiated)| negotiated)
}

#[test]
fn our_offer_has_all_that_we_can() {
    assert_eq!(
        offer(&local()).to_string(),
        "v=0\r\no=- 42 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
         m=audio 20000 RTP/AVP 111 9 0 8 101 110\r\n\
         a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n\
         a=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
         a=rtpmap:110 telephone-event/48000\r\na=fmtp:110 0-15\r\n\
         a=ptime:20\r\na=rtcp-mux\r\na=sendrecv\r\n"
    );
}

#[test]
fn an_offer_without_opus_has_events_of_one_clock_and_one_without_digits_has_none() {
    let narrow = LocalMedia { codecs: vec![Encoding::Pcma], ..local() };
    assert_eq!(offer(&narrow).media[0].formats, ["8", "101"]);
    let no_digits = LocalMedia { telephone_event: false, rtcp_mux: false, ..narrow };
    let media = &offer(&no_digits).media[0];
    assert_eq!(media.formats, ["8"]);
    assert!(!media.has_rtcp_mux());
}

#[test]
fn both_sides_come_to_the_same() {
    let ours = offer(&local());
    let (theirs, at_peer) = answer(&ours, &peer()).unwrap();
    let at_ours = conclude(&local(), &theirs).unwrap();
    assert_eq!(at_ours.codec, at_peer.codec);
    assert_eq!(at_ours.telephone_event, at_peer.telephone_event);
    assert_eq!((at_ours.remote_rtp, at_peer.remote_rtp), (peer().rtp, local().rtp));
    assert!(at_ours.rtcp_mux && at_peer.rtcp_mux);
}

#[test]
fn an_answer_with_other_numbers_is_sent_to_with_them() {
    let negotiated = conclude(
        &local(),
        &described(
            "m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/48000\r\n",
        ),
    )
    .unwrap();
    let codec = negotiated.codec;
    assert_eq!((codec.payload_type_send, codec.payload_type_receive), (96, 111));
    let event = TelephoneEvent { send: 97, receive: 110, clock_hz: 48_000 };
    assert_eq!(negotiated.telephone_event, Some(event));
}

#[test]
fn of_several_codecs_in_an_answer_the_first_counts_and_in_an_offer_our_preferred() {
    let lines = "m=audio 4000 RTP/AVP 8 0\r\n";
    let preferring_ulaw = LocalMedia { codecs: vec![Encoding::Pcmu, Encoding::Pcma], ..local() };
    let concluded = conclude(&preferring_ulaw, &described(lines)).unwrap();
    assert_eq!(concluded.codec.encoding, Encoding::Pcma);
    let (_, answered) = answer(&described(lines), &preferring_ulaw).unwrap();
    assert_eq!(answered.codec.encoding, Encoding::Pcmu);
}

#[test]
fn comfort_noise_is_agreed_to_and_never_asked_for() {
    let offered = |lines: &str| answer(&described(lines), &local()).unwrap();
    let (description, negotiated) = offered("m=audio 4000 RTP/AVP 8 13\r\n");
    assert!(negotiated.comfort_noise);
    assert_eq!(description.media[0].formats, ["8", "13"]);
    assert_eq!(description.media[0].rtpmap(13).map(|map| map.encoding), Some("CN"));
    for lines in
        ["m=audio 4000 RTP/AVP 8\r\n", "m=audio 4000 RTP/AVP 96 13\r\na=rtpmap:96 opus/48000/2\r\n"]
    {
        let (description, negotiated) = offered(lines);
        assert!(!negotiated.comfort_noise && description.media[0].formats.len() == 1, "{lines}");
    }
    let unwilling = LocalMedia { comfort_noise: false, ..local() };
    let (_, negotiated) = answer(&described("m=audio 4000 RTP/AVP 8 13\r\n"), &unwilling).unwrap();
    assert!(!negotiated.comfort_noise);
    let unasked = conclude(&local(), &described("m=audio 4000 RTP/AVP 8 13\r\n")).unwrap();
    assert!(!unasked.comfort_noise);
}

#[test]
fn a_codec_that_we_did_not_offer_is_no_answer() {
    let only_alaw = LocalMedia { codecs: vec![Encoding::Pcma], ..local() };
    assert_eq!(
        conclude(&only_alaw, &described("m=audio 4000 RTP/AVP 0\r\n")),
        Err(Refusal::NoCommonCodec)
    );
}

#[test]
fn static_numbers_keep_their_meaning_and_dynamic_ones_need_a_name() {
    let encoding = |lines: &str| answered(lines).map(|negotiated| negotiated.codec.encoding);
    // A wrong clock for G.722, as some write it, and static numbers without any name.
    assert_eq!(encoding("m=audio 1 RTP/AVP 9\r\na=rtpmap:9 G722/16000\r\n"), Ok(Encoding::G722));
    assert_eq!(encoding("m=audio 1 RTP/AVP 18 8\r\n"), Ok(Encoding::Pcma));
    assert_eq!(encoding("m=audio 1 RTP/AVP 96\r\na=rtpmap:96 pcmu/8000/1\r\n"), Ok(Encoding::Pcmu));
    assert_eq!(encoding("m=audio 1 RTP/AVP 96\r\n"), Err(Refusal::NoCommonCodec));
    assert_eq!(
        encoding("m=audio 1 RTP/AVP 200\r\na=rtpmap:200 PCMU/8000\r\n"),
        Err(Refusal::NoCommonCodec)
    );
    assert_eq!(
        encoding("m=audio 1 RTP/AVP 96\r\na=rtpmap:96 PCMU/16000\r\n"),
        Err(Refusal::NoCommonCodec)
    );
    assert_eq!(
        encoding("m=audio 1 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n"),
        Err(Refusal::NoCommonCodec)
    );
    assert_eq!(encoding("m=audio 1 RTP/AVP\r\n"), Err(Refusal::NoCommonCodec));
}

#[test]
fn hold_is_understood_in_all_its_forms() {
    let direction = |lines: &str| answered(lines).unwrap().direction;
    assert_eq!(direction("m=audio 1 RTP/AVP 0\r\n"), Direction::SendReceive);
    assert_eq!(direction("m=audio 1 RTP/AVP 0\r\na=sendonly\r\n"), Direction::ReceiveOnly);
    assert_eq!(direction("m=audio 1 RTP/AVP 0\r\na=recvonly\r\n"), Direction::SendOnly);
    assert_eq!(direction("a=inactive\r\nm=audio 1 RTP/AVP 0\r\n"), Direction::Inactive);
    assert_eq!(
        direction("a=inactive\r\nm=audio 1 RTP/AVP 0\r\na=sendrecv\r\n"),
        Direction::SendReceive
    );
    assert_eq!(direction("m=audio 1 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"), Direction::ReceiveOnly);
    assert_eq!(
        direction("m=audio 1 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n"),
        Direction::Inactive
    );
}

#[test]
fn our_own_hold_holds_in_offer_answer_and_conclusion() {
    let holding = LocalMedia { direction: Direction::SendOnly, ..local() };
    let offered = offer(&holding);
    assert_eq!(offered.direction_of(&offered.media[0]), Direction::SendOnly);
    let (answered, negotiated) = answer(&described("m=audio 1 RTP/AVP 0\r\n"), &holding).unwrap();
    assert_eq!(answered.direction_of(&answered.media[0]), Direction::SendOnly);
    assert_eq!(negotiated.direction, Direction::SendOnly);
    // A peer that overlooks the hold and answers sendrecv is on hold nevertheless.
    let concluded =
        conclude(&holding, &described("m=audio 1 RTP/AVP 0\r\na=sendrecv\r\n")).unwrap();
    assert_eq!(concluded.direction, Direction::SendOnly);
}

#[test]
fn rtcp_goes_where_the_peer_wants_it() {
    let rtcp =
        |lines: &str| answered(lines).unwrap().remote_rtcp.map(|address| address.to_string());
    let some = |address: &str| Some(address.to_owned());
    assert_eq!(rtcp("m=audio 4000 RTP/AVP 0\r\n"), some("192.0.2.7:4001"));
    assert_eq!(rtcp("m=audio 4000 RTP/AVP 0\r\na=rtcp:5000\r\n"), some("192.0.2.7:5000"));
    assert_eq!(
        rtcp("m=audio 4000 RTP/AVP 0\r\na=rtcp:5000 IN IP4 192.0.2.9\r\n"),
        some("192.0.2.9:5000")
    );
    assert_eq!(rtcp("m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n"), some("192.0.2.7:4000"));
    // Nowhere to send it to.
    assert_eq!(rtcp("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"), None);
    assert_eq!(rtcp("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=rtcp-mux\r\n"), None);
    assert_eq!(rtcp("m=audio 65535 RTP/AVP 0\r\n"), None);
    assert_eq!(rtcp("m=audio 4000 RTP/AVP 0\r\na=rtcp:5000 IN IP4 host.example\r\n"), None);
    assert_eq!(rtcp("m=audio 4000 RTP/AVP 0\r\na=rtcp:5000 IN IP6 2001:db8::1\r\n"), None);
    assert_eq!(rtcp("m=audio 4000 RTP/AVP 0\r\na=rtcp:0\r\n"), None);
}

#[test]
fn one_port_for_both_needs_both_to_agree() {
    let lines = "m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n";
    let unwilling = LocalMedia { rtcp_mux: false, ..local() };
    let (answered, negotiated) = answer(&described(lines), &unwilling).unwrap();
    assert!(!answered.media[0].has_rtcp_mux() && !negotiated.rtcp_mux);
    let concluded = conclude(&local(), &described("m=audio 4000 RTP/AVP 0\r\n")).unwrap();
    assert!(!concluded.rtcp_mux);
}

#[test]
fn every_refusal_has_its_reason() {
    let refused = |lines: &str| answered(lines).unwrap_err();
    assert_eq!(refused(""), Refusal::NoAudio);
    assert_eq!(refused("m=video 4000 RTP/AVP 31\r\n"), Refusal::NoAudio);
    assert_eq!(refused("m=audio 0 RTP/AVP 0\r\n"), Refusal::NoAudio);
    assert_eq!(refused("m=audio 4000 RTP/AVP 18\r\n"), Refusal::NoCommonCodec);
    let profile = Refusal::UnsupportedProfile("RTP/SAVPF".to_owned());
    assert_eq!(refused("m=audio 4000 RTP/SAVPF 0\r\n"), profile);
    assert_eq!(refused("m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/SAVPF 0\r\n"), profile);
    let named = Refusal::NamedAddress("host.example".to_owned());
    assert_eq!(refused("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 host.example\r\n"), named);
    assert_eq!(
        refused("m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n"),
        Refusal::AddressFamily
    );
    assert_eq!(refused("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 224.0.0.1/127\r\n"), Refusal::Multicast);
    let unconnected =
        SessionDescription { connection: None, ..described("m=audio 4000 RTP/AVP 0\r\n") };
    assert_eq!(answer(&unconnected, &local()), Err(Refusal::NoAddress));
    assert_eq!(conclude(&local(), &described("m=audio 0 RTP/AVP 0\r\n")), Err(Refusal::Declined));
    assert_eq!(conclude(&local(), &described("")), Err(Refusal::NoAudio));
}

#[test]
fn the_first_line_that_can_be_accepted_is_and_the_others_keep_their_places() {
    let lines = "m=video 4 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\nm=audio 6 RTP/AVP 18\r\n\
                 m=audio 8 RTP/AVP 0\r\nc=IN IP4 192.0.2.8\r\nm=audio 10 RTP/AVP 8\r\n";
    let (answered, negotiated) = answer(&described(lines), &local()).unwrap();
    let ports: Vec<_> = answered.media.iter().map(|media| media.port).collect();
    assert_eq!(ports, [0, 0, 20_000, 0]);
    assert_eq!(answered.media[0].kind, "video");
    assert_eq!(negotiated.remote_rtp, "192.0.2.8:8".parse().unwrap());
}

#[test]
fn packet_times_of_the_peer_are_known() {
    let negotiated = answered("m=audio 1 RTP/AVP 0\r\na=ptime:30\r\na=maxptime:60\r\n").unwrap();
    assert_eq!((negotiated.ptime_ms, negotiated.maxptime_ms), (30, Some(60)));
}

proptest! {
    /// Whatever is offered: an answer has the lines of its offer, is readable, and is agreed upon by the one
    /// who offered in the same sense.
    #[test]
    fn answers_fit_their_offers(
        formats in prop::collection::vec(prop::sample::select(vec!["0", "8", "9", "18", "96", "97", "98", "x"]), 0..6),
        kinds in prop::collection::vec(
            prop::sample::select(vec![
                "audio 4000 RTP/AVP", "audio 0 RTP/AVP", "video 1 RTP/AVP", "audio 5 RTP/SAVP",
            ]),
            0..4,
        ),
        direction in prop::sample::select(vec!["", "a=sendonly\r\n", "a=recvonly\r\n", "a=inactive\r\n"]),
        mux: bool,
    ) {
        let maps = "a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/8000\r\na=rtpmap:98 telephone-event/48000\r\n";
        let mux = if mux { "a=rtcp-mux\r\n" } else { "" };
        let formats = formats.join(" ");
        let media = |kind| format!("m={kind} {formats}\r\n{maps}{direction}{mux}");
        let lines: String = kinds.iter().map(media).collect();
        let offered = described(&lines);
        let Ok((answered, negotiated)) = answer(&offered, &local()) else { return Ok(()) };
        prop_assert_eq!(answered.media.len(), offered.media.len());
        prop_assert_eq!(answered.media.iter().filter(|media| media.port != 0).count(), 1);
        for (ours, theirs) in answered.media.iter().zip(&offered.media) {
            prop_assert_eq!((&ours.kind, &ours.protocol), (&theirs.kind, &theirs.protocol));
            prop_assert!(ours.formats.iter().all(|format| theirs.formats.contains(format)));
        }
        let read = SessionDescription::parse(answered.to_string().as_bytes()).unwrap();
        let types = DynamicTypes { opus: 96, telephone_event: 97, telephone_event_48k: 98 };
        let back = conclude(&LocalMedia { dynamic_types: types, ..peer() }, &read).unwrap();
        prop_assert_eq!(back.codec.encoding, negotiated.codec.encoding);
        prop_assert_eq!(back.codec.payload_type_send, negotiated.codec.payload_type_receive);
        prop_assert_eq!(back.telephone_event.map(|event| event.send), negotiated.telephone_event.map(|event| event.receive));
        prop_assert_eq!(back.direction, negotiated.direction.reversed());
    }
}
