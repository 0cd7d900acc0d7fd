//! What a peer shows in its checks: our user fragment, and that it knows our password.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Random bytes that credentials are made of.
pub const RANDOM_BYTES: usize = FRAGMENT_RANDOM_BYTES + PASSWORD_RANDOM_BYTES;

/// 64 bits, of at least 24 (RFC 8445 section 5.3).
const FRAGMENT_RANDOM_BYTES: usize = 8;

/// 144 bits, of at least 128 (RFC 8445 section 5.3).
const PASSWORD_RANDOM_BYTES: usize = 18;

/// A worker's number, a slot's, and the random part.
const FRAGMENT_BYTES: usize = 1 + 4 + FRAGMENT_RANDOM_BYTES;

/// Characters of a user fragment, of 4 to 256.
const FRAGMENT_CHARACTERS: usize = 18;

/// Characters of a password, of 22 to 256.
const PASSWORD_CHARACTERS: usize = 24;

/// A user fragment and its password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// `a=ice-ufrag`
    pub ufrag: UserFragment,
    /// `a=ice-pwd`
    pub pwd: Password,
}

impl Credentials {
    /// Credentials that name a worker and a slot of it. `random` must be unpredictable.
    #[must_use]
    pub fn new(worker: u8, slot: u32, random: &[u8; RANDOM_BYTES]) -> Self {
        let (mut fragment, mut password) = ([0; FRAGMENT_RANDOM_BYTES], [0; PASSWORD_RANDOM_BYTES]);
        let parts = fragment.iter_mut().chain(&mut password);
        parts.zip(random).for_each(|(to, from)| *to = *from);
        Self { ufrag: UserFragment::new(worker, slot, fragment), pwd: Password::new(&password) }
    }
}

/// A user fragment of ours. It says in clear which worker and which of its slots it is for, so that the first
/// datagram of a peer, from an address that nobody knows yet, finds its way without a table to look it up in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserFragment {
    worker: u8,
    slot: u32,
    text: [u8; FRAGMENT_CHARACTERS],
}

impl UserFragment {
    /// A user fragment that names a worker and a slot.
    #[must_use]
    pub fn new(worker: u8, slot: u32, random: [u8; FRAGMENT_RANDOM_BYTES]) -> Self {
        let mut bytes = [0; FRAGMENT_BYTES];
        let parts = [worker].into_iter().chain(slot.to_be_bytes()).chain(random);
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        Self { worker, slot, text: in_base64(&bytes) }
    }

    /// Reads a user fragment that [`new`](Self::new) may have made.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text: [u8; FRAGMENT_CHARACTERS] = text.try_into().ok()?;
        let mut bytes = [0; FRAGMENT_BYTES];
        // The length is given, so that it is the alphabet and the last bits that can be wrong.
        let length = STANDARD_NO_PAD.decode_slice_unchecked(text, &mut bytes).ok()?;
        let [worker, s0, s1, s2, s3, ..] = bytes;
        let slot = u32::from_be_bytes([s0, s1, s2, s3]);
        (length == FRAGMENT_BYTES).then_some(Self { worker, slot, text })
    }

    /// The number of the worker.
    #[must_use]
    pub fn worker(&self) -> u8 {
        self.worker
    }

    /// The number of the slot.
    #[must_use]
    pub fn slot(&self) -> u32 {
        self.slot
    }

    /// The text, in the characters of ICE.
    #[must_use]
    pub fn as_str(&self) -> &str {
        text(&self.text)
    }
}

impl fmt::Display for UserFragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for UserFragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserFragment({self}, worker {}, slot {})", self.worker, self.slot)
    }
}

/// A password of ours. It is a secret: it shows in no log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Password([u8; PASSWORD_CHARACTERS]);

impl Password {
    /// A password made of random bytes.
    #[must_use]
    pub fn new(random: &[u8; PASSWORD_RANDOM_BYTES]) -> Self {
        Self(in_base64(random))
    }

    /// The text, in the characters of ICE.
    #[must_use]
    pub fn as_str(&self) -> &str {
        text(&self.0)
    }
}

impl fmt::Display for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// `bytes` in the alphabet of base64, which is that of ICE (RFC 8839 section 5.4), too.
fn in_base64<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut text = [0; N];
    // The arrays' lengths fit one another, as the tests show.
    let _ = STANDARD_NO_PAD.encode_slice(bytes, &mut text);
    text
}

/// Text that was made by [`in_base64`], or read by it.
fn text(characters: &[u8]) -> &str {
    str::from_utf8(characters).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_ice_text(text: &str) -> bool {
        text.chars().all(|c| c.is_ascii_alphanumeric() || "+/".contains(c))
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(worker: u8, slot: u32, random: [u8; 26]) {
            let Credentials { ufrag, pwd } = Credentials::new(worker, slot, &random);
            prop_assert_eq!((ufrag.worker(), ufrag.slot()), (worker, slot));
            prop_assert_eq!(UserFragment::parse(ufrag.as_str().as_bytes()), Some(ufrag));
            prop_assert!(is_ice_text(ufrag.as_str()) && ufrag.as_str().len() == 18);
            prop_assert!(is_ice_text(pwd.as_str()) && pwd.as_str().len() == 24);
        }

        #[test]
        fn anything_may_be_read(text: Vec<u8>, near in "[A-Za-z0-9+/=:]{17,19}") {
            let _ = UserFragment::parse(&text);
            if let Some(fragment) = UserFragment::parse(near.as_bytes()) {
                prop_assert_eq!(fragment.as_str(), near);
            }
        }
    }

    #[test]
    fn every_random_bit_counts() {
        let zero = Credentials::new(0, 0, &[0; RANDOM_BYTES]);
        for bit in 0..RANDOM_BYTES * 8 {
            let mut random = [0; RANDOM_BYTES];
            random[bit / 8] = 1 << (bit % 8);
            assert_ne!(Credentials::new(0, 0, &random), zero, "{bit}");
        }
    }

    #[test]
    fn a_password_does_not_show() {
        let credentials = Credentials::new(1, 2, &[3; RANDOM_BYTES]);
        assert!(!format!("{credentials:?}").contains(credentials.pwd.as_str()));
    }
}
