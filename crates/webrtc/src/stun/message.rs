//! A STUN message as it came: checked as a whole, then asked for what it holds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::crc::crc32;
use super::{
    ATTRIBUTE_HEADER_BYTES, BINDING, COMPREHENSION_OPTIONAL, COOKIE, Class, ERROR_CODE,
    FINGERPRINT, FINGERPRINT_BYTES, FINGERPRINT_MASK, HEADER_BYTES, ICE_CONTROLLED,
    ICE_CONTROLLING, INTEGRITY_BYTES, Key, MESSAGE_INTEGRITY, PRIORITY, Transaction,
    UNKNOWN_ATTRIBUTES, USE_CANDIDATE, USERNAME, XOR_MAPPED_ADDRESS,
};

/// Attributes of RFC 8489 that must be understood, and are, but say nothing to us: MAPPED-ADDRESS, REALM,
/// NONCE.
const WITHOUT_MEANING: [u16; 3] = [0x0001, 0x0014, 0x0015];

/// How many attributes that are not understood are remembered, to be named in the answer.
const UNKNOWN_MAX: usize = 4;

/// The longest USERNAME (RFC 8489 section 14.3).
const USERNAME_BYTES_MAX: usize = 508;

/// Why a datagram is no STUN message of ICE.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// Its header is not STUN's, or its length is not the datagram's.
    #[error("no STUN header, or one of another length")]
    Header,
    /// It is STUN, but of TURN or another use.
    #[error("method {0:#x} is not Binding")]
    Method(u16),
    /// An attribute runs past the end, has an impossible length, or stands after FINGERPRINT.
    #[error("attribute {0:#x} is malformed")]
    Attribute(u16),
    /// FINGERPRINT is there and is not that of the message.
    #[error("the fingerprint is another message's")]
    Fingerprint,
}

/// A Binding message of STUN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    datagram: &'a [u8],
    class: Class,
    transaction: Transaction,
    username: Option<&'a [u8]>,
    integrity: Option<Integrity<'a>>,
    has_fingerprint: bool,
    priority: Option<u32>,
    use_candidate: bool,
    controlled: Option<u64>,
    controlling: Option<u64>,
    mapped_address: Option<SocketAddr>,
    error_code: Option<u16>,
    unknown: [u16; UNKNOWN_MAX],
    unknown_count: usize,
}

/// The MESSAGE-INTEGRITY attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Integrity<'a> {
    /// Where it begins, in bytes of the datagram.
    begins: usize,
    code: &'a [u8; INTEGRITY_BYTES],
}

impl<'a> Message<'a> {
    /// Checks the header, each attribute and, where it is there, the FINGERPRINT.
    ///
    /// # Errors
    /// A [`Problem`] that says what is wrong.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, Problem> {
        let header: &[u8; HEADER_BYTES] = datagram.first_chunk().ok_or(Problem::Header)?;
        let [t0, t1, l0, l1, c0, c1, c2, c3, transaction @ ..] = *header;
        let message_type = u16::from_be_bytes([t0, t1]);
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let fits = datagram.len().checked_sub(HEADER_BYTES) == Some(length) && length % 4 == 0;
        if message_type & 0xC000 != 0 || !fits || [c0, c1, c2, c3] != COOKIE {
            return Err(Problem::Header);
        }
        let method = message_type & !Class::MASK;
        if method != BINDING {
            return Err(Problem::Method(method));
        }
        let mut message = Self {
            datagram,
            class: Class::of(message_type),
            transaction: Transaction(transaction),
            username: None,
            integrity: None,
            has_fingerprint: false,
            priority: None,
            use_candidate: false,
            controlled: None,
            controlling: None,
            mapped_address: None,
            error_code: None,
            unknown: [0; UNKNOWN_MAX],
            unknown_count: 0,
        };
        let mut at = HEADER_BYTES;
        while let Some(attribute) = Attribute::at(datagram, at)? {
            message.take(&attribute)?;
            at = attribute.ends;
        }
        Ok(message)
    }

    /// Whether it asks, tells or answers.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Names the request, and the response to it.
    #[must_use]
    pub fn transaction(&self) -> Transaction {
        self.transaction
    }

    /// USERNAME, as it stands there.
    #[must_use]
    pub fn username(&self) -> Option<&'a [u8]> {
        self.username
    }

    /// The half of USERNAME in front of the colon: the user fragment of who gets the request.
    #[must_use]
    pub fn ufrag(&self) -> Option<&'a [u8]> {
        let username = self.username?;
        let colon = username.iter().position(|byte| *byte == b':')?;
        username.get(..colon)
    }

    /// PRIORITY of a check.
    #[must_use]
    pub fn priority(&self) -> Option<u32> {
        self.priority
    }

    /// Whether USE-CANDIDATE is there: the check nominates.
    #[must_use]
    pub fn use_candidate(&self) -> bool {
        self.use_candidate
    }

    /// ICE-CONTROLLED, the tie-breaker of a peer that thinks that it is controlled.
    #[must_use]
    pub fn controlled(&self) -> Option<u64> {
        self.controlled
    }

    /// ICE-CONTROLLING, the tie-breaker of a peer that thinks that it is in control.
    #[must_use]
    pub fn controlling(&self) -> Option<u64> {
        self.controlling
    }

    /// XOR-MAPPED-ADDRESS of a response: where the request came from.
    #[must_use]
    pub fn mapped_address(&self) -> Option<SocketAddr> {
        self.mapped_address
    }

    /// ERROR-CODE of a response, 300 to 699.
    #[must_use]
    pub fn error_code(&self) -> Option<u16> {
        self.error_code
    }

    /// The types of attributes that had to be understood and are not, as many as are remembered.
    #[must_use]
    pub fn unknown(&self) -> &[u16] {
        self.unknown.get(..self.unknown_count).unwrap_or_default()
    }

    /// Whether MESSAGE-INTEGRITY is there, right or wrong.
    #[must_use]
    pub fn has_integrity(&self) -> bool {
        self.integrity.is_some()
    }

    /// Whether FINGERPRINT is there; it is right then.
    #[must_use]
    pub fn has_fingerprint(&self) -> bool {
        self.has_fingerprint
    }

    /// Whether MESSAGE-INTEGRITY is there and made with `key`.
    #[must_use]
    pub fn verify(&self, key: &Key) -> bool {
        let Some(integrity) = self.integrity else { return false };
        // The code was made when the message ended with it, which its length then said.
        let covered = integrity.begins.saturating_sub(HEADER_BYTES);
        let length = covered.saturating_add(ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES) as u16;
        let (Some(kind), Some(rest)) =
            (self.datagram.get(..2), self.datagram.get(4..integrity.begins))
        else {
            return false;
        };
        key.verify(&[kind, &length.to_be_bytes(), rest], integrity.code)
    }

    /// Takes an attribute in. Of those with the same type the first counts, and what follows
    /// MESSAGE-INTEGRITY does not, except FINGERPRINT (RFC 8489 sections 14 and 14.5).
    fn take(&mut self, attribute: &Attribute<'a>) -> Result<(), Problem> {
        let malformed = Problem::Attribute(attribute.kind);
        if self.has_fingerprint {
            return Err(malformed);
        }
        if attribute.kind == FINGERPRINT {
            return self.take_fingerprint(attribute);
        }
        if self.integrity.is_some() {
            return Ok(());
        }
        let value = attribute.value;
        match attribute.kind {
            USERNAME => {
                if value.len() > USERNAME_BYTES_MAX {
                    return Err(malformed);
                }
                self.username.get_or_insert(value);
            }
            MESSAGE_INTEGRITY => {
                let code = value.try_into().map_err(|_| malformed)?;
                self.integrity = Some(Integrity { begins: attribute.begins, code });
            }
            PRIORITY => {
                let value = value.try_into().map_err(|_| malformed)?;
                self.priority.get_or_insert(u32::from_be_bytes(value));
            }
            USE_CANDIDATE => self.use_candidate = true,
            ICE_CONTROLLED => {
                let value = value.try_into().map_err(|_| malformed)?;
                self.controlled.get_or_insert(u64::from_be_bytes(value));
            }
            ICE_CONTROLLING => {
                let value = value.try_into().map_err(|_| malformed)?;
                self.controlling.get_or_insert(u64::from_be_bytes(value));
            }
            XOR_MAPPED_ADDRESS => {
                let address = plain_address(value, self.transaction).ok_or(malformed)?;
                self.mapped_address.get_or_insert(address);
            }
            ERROR_CODE => {
                let code = error_code(value).ok_or(malformed)?;
                self.error_code.get_or_insert(code);
            }
            UNKNOWN_ATTRIBUTES => {}
            kind if kind >= COMPREHENSION_OPTIONAL || WITHOUT_MEANING.contains(&kind) => {}
            kind => self.remember_unknown(kind),
        }
        Ok(())
    }

    fn take_fingerprint(&mut self, attribute: &Attribute<'_>) -> Result<(), Problem> {
        let value = attribute.value.try_into().map_err(|_| Problem::Attribute(FINGERPRINT))?;
        let covered = self.datagram.get(..attribute.begins).unwrap_or_default();
        if u32::from_be_bytes(value) != crc32(covered) ^ FINGERPRINT_MASK {
            return Err(Problem::Fingerprint);
        }
        self.has_fingerprint = true;
        Ok(())
    }

    fn remember_unknown(&mut self, kind: u16) {
        if self.unknown().contains(&kind) {
            return;
        }
        if let Some(place) = self.unknown.get_mut(self.unknown_count) {
            *place = kind;
            self.unknown_count = self.unknown_count.saturating_add(1);
        }
    }
}

/// An attribute in its place.
struct Attribute<'a> {
    kind: u16,
    value: &'a [u8],
    /// Where it begins, in bytes of the datagram.
    begins: usize,
    /// Where the next one begins.
    ends: usize,
}

impl<'a> Attribute<'a> {
    /// The attribute that begins at byte `at`; none at the end of the datagram.
    fn at(datagram: &'a [u8], at: usize) -> Result<Option<Self>, Problem> {
        let Some((header, rest)) = datagram.get(at..).and_then(|rest| rest.split_first_chunk())
        else {
            // The length is a multiple of four, as is each attribute's: less than a header is nothing.
            return Ok(None);
        };
        let [k0, k1, l0, l1]: [u8; ATTRIBUTE_HEADER_BYTES] = *header;
        let kind = u16::from_be_bytes([k0, k1]);
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let value = rest.get(..length).ok_or(Problem::Attribute(kind))?;
        let ends = at.saturating_add(ATTRIBUTE_HEADER_BYTES).saturating_add(padded(length));
        Ok(Some(Self { kind, value, begins: at, ends }))
    }
}

/// `length` with the padding that follows a value (RFC 8489 section 14).
pub(super) fn padded(length: usize) -> usize {
    length.saturating_add(3) & !3
}

/// The 16 bytes that an address is combined with (RFC 8489 section 14.2).
pub(super) fn address_mask(transaction: Transaction) -> [u8; 16] {
    let mut mask = [0; 16];
    let bytes = COOKIE.into_iter().chain(transaction.0);
    mask.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    mask
}

fn plain_address(value: &[u8], transaction: Transaction) -> Option<SocketAddr> {
    let ([_, family, p0, p1], address) = value.split_first_chunk()?;
    let mask = address_mask(transaction);
    let port = u16::from_be_bytes([p0 ^ mask[0], p1 ^ mask[1]]);
    let ip = match family {
        1 => {
            let bytes: [u8; 4] = address.try_into().ok()?;
            IpAddr::V4(Ipv4Addr::from_bits(u32::from_be_bytes(bytes) ^ u32::from_be_bytes(COOKIE)))
        }
        2 => {
            let bytes: [u8; 16] = address.try_into().ok()?;
            IpAddr::V6(Ipv6Addr::from_bits(u128::from_be_bytes(bytes) ^ u128::from_be_bytes(mask)))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn error_code(value: &[u8]) -> Option<u16> {
    let [_, _, hundreds, rest] = *value.first_chunk()?;
    let hundreds = u16::from(hundreds & 0x07);
    let is_code = (3..=6).contains(&hundreds) && rest < 100;
    is_code.then(|| hundreds.saturating_mul(100).saturating_add(rest.into()))
}

#[allow(clippy::assertions_on_constants, reason = "says where a literal comes from")]
const _: () = assert!(FINGERPRINT_BYTES == ATTRIBUTE_HEADER_BYTES + 4);
