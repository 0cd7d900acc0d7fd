//! Reading what comes from the network, and writing what goes there: RTP, RTCP, SDP and SIP.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

mod common;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rtp::extension::{AudioLevel, ExtensionWriter};
use rtp::packet::{Header, Packet};
use rtp::rtcp::{Compound, CompoundWriter, ReportBlock};
use rtp::time::NtpTime;
use sdp::{LocalMedia, SessionDescription};

use common::Stream;

/// An INVITE as a softphone sends it, with an offer of three codecs.
const INVITE: &str = "\
INVITE sip:+4930123456@198.51.100.1 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK-524287-1---a1b2c3d4e5f60718;rport
Max-Forwards: 70
Contact: <sip:alice@192.0.2.7:5060;transport=UDP>
To: <sip:+4930123456@198.51.100.1>
From: \"Alice\" <sip:alice@192.0.2.7>;tag=8f3a2c01
Call-ID: 0Qd1a3k9vTgJm2YbLw5cXe..
CSeq: 1 INVITE
Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE
Content-Type: application/sdp
Supported: replaces, norefersub, extended-refer, timer
User-Agent: softphone/5.6
Session-Expires: 1800
Content-Length: ";

const OFFER: &str = "\
v=0
o=alice 3907 3907 IN IP4 192.0.2.7
s=call
c=IN IP4 192.0.2.7
t=0 0
m=audio 40000 RTP/AVP 107 9 8 0 101
a=rtpmap:107 opus/48000/2
a=fmtp:107 useinbandfec=1
a=rtpmap:9 G722/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=sendrecv
";

/// An offer as a browser writes it.
const BROWSER_OFFER: &str = include_str!("../crates/sdp/tests/browsers/chromium.sdp");

fn rtp(criterion: &mut Criterion) {
    let mut stream = Stream::new();
    let datagram = *stream.packet();
    criterion.bench_function("parse RTP", |bencher| {
        bencher.iter(|| Packet::parse(black_box(&datagram)).map(|packet| packet.payload().len()));
    });
    let (datagram, length) = with_level();
    criterion.bench_function("parse RTP and its level", |bencher| {
        bencher.iter(|| {
            let packet = Packet::parse(black_box(&datagram[..length])).unwrap();
            packet.extensions().get(1).and_then(AudioLevel::parse)
        });
    });
    criterion.bench_function("write RTP", |bencher| bencher.iter(|| *stream.packet()));
}

/// A packet that tells of its level (RFC 6464), as browsers send them.
fn with_level() -> ([u8; 128], usize) {
    let header = Header { marker: false, payload_type: 111, sequence: 1, timestamp: 960, ssrc: 7 };
    let mut datagram = [0xd5; 128];
    let mut writer = ExtensionWriter::new(&header, &mut datagram).unwrap();
    writer.audio_level(1, AudioLevel { dbov: 30, voice: true }).unwrap();
    let length = writer.finish().unwrap();
    (datagram, length + 80)
}

fn rtcp(criterion: &mut Criterion) {
    let mut out = [0; 256];
    let stream = Stream::new();
    let block = ReportBlock { ssrc: 7, jitter: 3, ..ReportBlock::default() };
    let write = |out: &mut [u8]| {
        let mut writer = CompoundWriter::new(out);
        writer.sender_report(7, &stream.sender().info(NtpTime(1 << 40)), &[block]).unwrap();
        writer.cname(7, "confab").unwrap();
        writer.finish()
    };
    criterion.bench_function("write RTCP", |bencher| bencher.iter(|| write(black_box(&mut out))));
    let length = write(&mut out);
    criterion.bench_function("parse RTCP", |bencher| {
        bencher.iter(|| {
            let compound = Compound::parse(black_box(&out[..length])).unwrap();
            compound.packets().filter(Result::is_ok).count()
        });
    });
}

fn sdp(criterion: &mut Criterion) {
    let phone = on_the_wire(OFFER);
    criterion.bench_function("parse SDP of a phone", |bencher| {
        bencher.iter(|| SessionDescription::parse(black_box(&phone)).unwrap());
    });
    let offer = SessionDescription::parse(&phone).unwrap();
    let local = LocalMedia::new("198.51.100.1:20000".parse().unwrap(), 42);
    criterion.bench_function("answer SDP of a phone", |bencher| {
        bencher.iter(|| sdp::answer(black_box(&offer), &local).unwrap().0.to_string());
    });
    let browser = on_the_wire(BROWSER_OFFER);
    criterion.bench_function("parse SDP of a browser", |bencher| {
        bencher.iter(|| sdp::browser::BrowserOffer::parse(black_box(&browser)).unwrap());
    });
}

fn sip(criterion: &mut Criterion) {
    let offer = on_the_wire(OFFER);
    let mut invite = on_the_wire(&format!("{INVITE}{}\n\n", offer.len()));
    invite.extend(offer);
    assert!(sip::is_understood(&invite));
    criterion.bench_function("parse SIP INVITE", |bencher| {
        bencher.iter(|| sip::is_understood(black_box(&invite)));
    });
    let ok = on_the_wire(
        "SIP/2.0 200 OK\n\
         Via: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bK7d1e;received=198.51.100.1\n\
         From: <sip:confab@198.51.100.1>;tag=1\n\
         To: <sip:+4930123456@192.0.2.7>;tag=2\n\
         Call-ID: 5f2c@198.51.100.1\n\
         CSeq: 2 BYE\n\
         Content-Length: 0\n\n",
    );
    assert!(sip::is_understood(&ok));
    criterion.bench_function("parse SIP 200 OK", |bencher| {
        bencher.iter(|| sip::is_understood(black_box(&ok)));
    });
}

/// Lines end in CRLF there.
fn on_the_wire(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

criterion_group!(benches, rtp, rtcp, sdp, sip);
criterion_main!(benches);
