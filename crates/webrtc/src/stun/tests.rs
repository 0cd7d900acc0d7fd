//! The codec against the test vectors of RFC 5769, against an implementation by others, and against noise.

use std::net::SocketAddr;

use is::stun::{StunMessage, StunMessageBuilder, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};
use proptest::prelude::*;

use super::*;

/// The password of the vectors.
const PASSWORD: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";

const TRANSACTION: Transaction =
    Transaction([0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]);

/// RFC 5769 section 2.1.
const REQUEST: &str = "000100582112a442b7e7a701bc34d686fa87dfae\
    802200105354554e207465737420636c69656e74\
    002400046e0001ff80290008932ff9b151263b36\
    000600096576746a3a68367659202020\
    000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";

/// RFC 5769 section 2.2.
const RESPONSE_IPV4: &str = "0101003c2112a442b7e7a701bc34d686fa87dfae\
    8022000b7465737420766563746f7220002000080001a147e112a643\
    000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";

/// RFC 5769 section 2.3.
const RESPONSE_IPV6: &str = "010100482112a442b7e7a701bc34d686fa87dfae\
    8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9\
    00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[test]
fn reads_the_request_of_rfc_5769() {
    let request = bytes(REQUEST);
    let message = Message::parse(&request).unwrap();
    assert_eq!((message.class(), message.transaction()), (Class::Request, TRANSACTION));
    assert_eq!(message.username(), Some(b"evtj:h6vY".as_slice()));
    assert_eq!(message.ufrag(), Some(b"evtj".as_slice()));
    assert_eq!(message.priority(), Some(0x6e00_01ff));
    assert_eq!(message.controlled(), Some(0x932f_f9b1_5126_3b36));
    assert_eq!(message.controlling(), None);
    assert!(!message.use_candidate() && message.unknown().is_empty());
    assert!(message.has_fingerprint() && message.verify(&Key::new(PASSWORD)));
    assert!(!message.verify(&Key::new(b"another password")));
}

#[test]
fn reads_and_writes_the_responses_of_rfc_5769() {
    let ipv6 = "[2001:db8:1234:5678:11:2233:4455:6677]:32853";
    for (response, address) in [(RESPONSE_IPV4, "192.0.2.1:32853"), (RESPONSE_IPV6, ipv6)] {
        let (response, address): (_, SocketAddr) = (bytes(response), address.parse().unwrap());
        let message = Message::parse(&response).unwrap();
        assert_eq!(message.class(), Class::Success);
        assert_eq!(message.mapped_address(), Some(address));
        assert!(message.has_fingerprint() && message.verify(&Key::new(PASSWORD)));

        // They pad with a space, which is as good as our zero but gives other sums; without the padded
        // SOFTWARE attribute, what is written reads the same.
        let mut written = [0; 128];
        let length = Writer::new(&mut written, Class::Success, TRANSACTION)
            .mapped_address(address)
            .finish(Some(&Key::new(PASSWORD)))
            .unwrap();
        let message = Message::parse(&written[..length]).unwrap();
        assert_eq!(message.mapped_address(), Some(address));
        assert!(message.has_fingerprint() && message.verify(&Key::new(PASSWORD)));
        assert_eq!(length, response.len() - 16);
    }
}

#[test]
fn every_changed_bit_is_noticed() {
    let request = bytes(REQUEST);
    for bit in 0..request.len() * 8 {
        let mut forged = request.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        let good = Message::parse(&forged)
            .is_ok_and(|message| message.has_fingerprint() && message.verify(&Key::new(PASSWORD)));
        assert!(!good, "bit {bit}");
    }
}

fn begun(buffer: &mut [u8]) -> Writer<'_> {
    Writer::new(buffer, Class::Request, TRANSACTION).attribute(USERNAME, b"a:b")
}

#[test]
fn what_follows_the_integrity_does_not_count_and_nothing_follows_the_fingerprint() {
    let key = Key::new(PASSWORD);
    let (mut buffer, mut other) = ([0; 256], [0; 256]);
    let inside = begun(&mut buffer).attribute(USE_CANDIDATE, &[]).attribute(0x7FFF, &[1; 4]);
    let length = inside.finish(Some(&key)).unwrap();
    let inside = buffer[..length].to_vec();

    // An attacker on the path adds to a request that it couldn't make.
    let length = begun(&mut other).finish(Some(&key)).unwrap() - FINGERPRINT_BYTES;
    let added = [0, 0x25, 0, 0, 0x7F, 0xFF, 0, 4, 1, 1, 1, 1];
    let mut behind = [&other[..length], &added].concat();
    behind[3] = (behind.len() - HEADER_BYTES) as u8;

    let (inside, behind) = (Message::parse(&inside).unwrap(), Message::parse(&behind).unwrap());
    assert!(inside.verify(&Key::new(PASSWORD)) && behind.verify(&Key::new(PASSWORD)));
    assert!(inside.use_candidate() && !behind.use_candidate());
    assert_eq!((inside.unknown(), behind.unknown()), ([0x7FFF].as_slice(), [].as_slice()));

    let mut behind_fingerprint = bytes(REQUEST);
    behind_fingerprint[3] += 4;
    behind_fingerprint.extend([0x80, 0x22, 0, 0]);
    // The fingerprint is right for the longer message, too.
    let covered = behind_fingerprint.len() - 12;
    let sum = crc::crc32(&behind_fingerprint[..covered]) ^ FINGERPRINT_MASK;
    behind_fingerprint[covered + 4..covered + 8].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(Message::parse(&behind_fingerprint), Err(Problem::Attribute(0x8022)));
}

#[test]
fn what_is_no_binding_message_is_told() {
    let request = bytes(REQUEST);
    let parse_with = |at: usize, byte: u8| {
        let mut changed = request.clone();
        changed[at] = byte;
        Message::parse(&changed).map(|message| message.class())
    };
    assert_eq!(parse_with(0, 0x40), Err(Problem::Header));
    assert_eq!(parse_with(3, 0x54), Err(Problem::Header));
    assert_eq!(parse_with(4, 0x20), Err(Problem::Header));
    assert_eq!(parse_with(1, 0x03), Err(Problem::Method(3)));
    assert_eq!(parse_with(19, 0), Err(Problem::Fingerprint));
    // An attribute that ends in nowhere, and a priority of three bytes.
    assert_eq!(parse_with(22, 0xFF), Err(Problem::Attribute(0x8022)));
    assert_eq!(parse_with(43, 3), Err(Problem::Attribute(PRIORITY)));
    assert_eq!(Message::parse(&request[..19]), Err(Problem::Header));
    assert_eq!(Message::parse(&request[..request.len() - 4]), Err(Problem::Header));
}

#[test]
fn the_writer_says_when_there_is_no_room() {
    let key = Key::new(PASSWORD);
    let write = |room: usize| {
        let mut buffer = vec![0; room];
        Writer::new(&mut buffer, Class::Success, TRANSACTION)
            .mapped_address("192.0.2.1:1".parse().unwrap())
            .finish(Some(&key))
    };
    assert_eq!(write(64), Ok(64));
    for room in 0..64 {
        assert!(write(room).is_err(), "{room}");
    }
}

#[test]
fn an_error_says_its_code_and_what_is_unknown() {
    let mut buffer = [0; 128];
    let length = Writer::new(&mut buffer, Class::Error, TRANSACTION)
        .error_code(420)
        .unknown_attributes(&[0x7777, 0x0033, 0x0034])
        .finish(None)
        .unwrap();
    let message = Message::parse(&buffer[..length]).unwrap();
    assert_eq!((message.class(), message.error_code()), (Class::Error, Some(420)));
    let theirs = StunMessage::parse(&buffer[..length]).unwrap();
    assert_eq!(theirs.error_code(), Some((420, "")));
}

fn their_hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    DefaultSha1HmacProvider.sha1_hmac(key, parts)
}

proptest! {
    /// Checks written by another implementation are read, and ours are read by it.
    #[test]
    fn speaks_with_another_implementation(
        username in "[a-zA-Z0-9+/]{4,32}:[a-zA-Z0-9+/]{4,32}", password in "[a-zA-Z0-9+/]{22,80}",
        priority: u32, tie_breaker: u64, nominates: bool, controlling: bool, transaction: [u8; 12],
    ) {
        let check = StunMessage::binding_request(
            &username, TransId::new(), controlling, tie_breaker, priority, nominates,
        );
        let mut theirs = [0; 512];
        let length = check.to_bytes(Some(password.as_bytes()), &mut theirs, their_hmac).unwrap();
        let message = Message::parse(&theirs[..length]).unwrap();
        prop_assert!(message.has_fingerprint() && message.verify(&Key::new(password.as_bytes())));
        prop_assert_eq!(message.username(), Some(username.as_bytes()));
        prop_assert_eq!(message.priority(), Some(priority));
        prop_assert_eq!(message.use_candidate(), nominates);
        prop_assert_eq!(message.controlling(), controlling.then_some(tie_breaker));
        prop_assert_eq!(message.controlled(), (!controlling).then_some(tie_breaker));

        let mut ours = [0; 512];
        let length = Writer::new(&mut ours, Class::Request, Transaction(transaction))
            .attribute(USERNAME, username.as_bytes())
            .attribute(PRIORITY, &priority.to_be_bytes())
            .attribute(ICE_CONTROLLING, &tie_breaker.to_be_bytes())
            .finish(Some(&Key::new(password.as_bytes())))
            .unwrap();
        let message = StunMessage::parse(&ours[..length]).unwrap();
        prop_assert!(message.verify(password.as_bytes(), their_hmac));
        prop_assert_eq!(message.username(), Some(username.as_str()));
        prop_assert_eq!(message.ice_controlling(), Some(tie_breaker));
    }

    #[test]
    fn addresses_come_through(address: SocketAddr, transaction: [u8; 12]) {
        let address = SocketAddr::new(address.ip(), address.port());
        let mut buffer = [0; 128];
        let length = Writer::new(&mut buffer, Class::Success, Transaction(transaction))
            .mapped_address(address)
            .finish(Some(&Key::new(PASSWORD)))
            .unwrap();
        prop_assert_eq!(Message::parse(&buffer[..length]).unwrap().mapped_address(), Some(address));
        let theirs = StunMessage::parse(&buffer[..length]).unwrap();
        prop_assert_eq!(theirs.mapped_address(), Some(address));
        let built = StunMessageBuilder::new().binding().success().xor_mapped_address(address);
        let mut theirs = [0; 128];
        let length =
            built.build(TransId::new()).to_bytes(Some(PASSWORD), &mut theirs, their_hmac).unwrap();
        prop_assert_eq!(Message::parse(&theirs[..length]).unwrap().mapped_address(), Some(address));
    }

    #[test]
    fn anything_may_come(noise: Vec<u8>, at in 0usize..108, byte: u8, cut in 0usize..109) {
        let _ = Message::parse(&noise);
        let mut near = bytes(REQUEST);
        near[at] = byte;
        near.truncate(cut);
        if let Ok(message) = Message::parse(&near) {
            prop_assert!(message.unknown().len() <= 4);
        }
    }
}
