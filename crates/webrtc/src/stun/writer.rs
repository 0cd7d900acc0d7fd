//! Writing a STUN message into a buffer of the caller's.

use std::net::{IpAddr, SocketAddr};

use rtp::BufferTooSmall;

use super::crc::crc32;
use super::message::{address_mask, padded};
use super::{
    ATTRIBUTE_HEADER_BYTES, BINDING, COOKIE, Class, ERROR_CODE, FINGERPRINT, FINGERPRINT_BYTES,
    FINGERPRINT_MASK, HEADER_BYTES, INTEGRITY_BYTES, Key, MESSAGE_INTEGRITY, Transaction,
    UNKNOWN_ATTRIBUTES, XOR_MAPPED_ADDRESS,
};

/// A Binding message in the making. What does not fit any more is noticed at the end.
#[derive(Debug)]
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    length: usize,
    transaction: Transaction,
    fits: bool,
}

impl<'a> Writer<'a> {
    /// Begins a message at the front of `buffer`.
    #[must_use]
    pub fn new(buffer: &'a mut [u8], class: Class, transaction: Transaction) -> Self {
        let mut writer = Self { buffer, length: 0, transaction, fits: true };
        writer.put(&(BINDING | class.bits()).to_be_bytes());
        writer.put(&[0, 0]);
        writer.put(&COOKIE);
        writer.put(&transaction.0);
        writer
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, kind: u16, value: &[u8]) -> Self {
        let Ok(length) = u16::try_from(value.len()) else {
            self.fits = false;
            return self;
        };
        self.put(&kind.to_be_bytes());
        self.put(&length.to_be_bytes());
        self.put(value);
        let padding = padded(value.len()).saturating_sub(value.len());
        self.put([0; 3].get(..padding).unwrap_or_default());
        self
    }

    /// Adds XOR-MAPPED-ADDRESS.
    #[must_use]
    pub fn mapped_address(self, address: SocketAddr) -> Self {
        let mask = address_mask(self.transaction);
        let mut value = [0; ATTRIBUTE_HEADER_BYTES + 16];
        let [_, family, p0, p1, ip @ ..] = &mut value;
        let [port0, port1] = address.port().to_be_bytes();
        (*p0, *p1) = (port0 ^ mask[0], port1 ^ mask[1]);
        let mut put = |octets: &[u8]| {
            let masked = octets.iter().zip(mask).map(|(octet, mask)| octet ^ mask);
            ip.iter_mut().zip(masked).for_each(|(to, from)| *to = from);
            octets.len()
        };
        let octets = match address.ip() {
            IpAddr::V4(v4) => {
                *family = 1;
                put(&v4.octets())
            }
            IpAddr::V6(v6) => {
                *family = 2;
                put(&v6.octets())
            }
        };
        let length = ATTRIBUTE_HEADER_BYTES.saturating_add(octets);
        self.attribute(XOR_MAPPED_ADDRESS, value.get(..length).unwrap_or_default())
    }

    /// Adds ERROR-CODE with a code of 300 to 699, and no words to it: they are for people, and none read them.
    #[must_use]
    pub fn error_code(self, code: u16) -> Self {
        let [hundreds, rest] = [code / 100, code % 100].map(|part| part as u8);
        self.attribute(ERROR_CODE, &[0, 0, hundreds, rest])
    }

    /// Adds UNKNOWN-ATTRIBUTES, with the first eight of `kinds`.
    #[must_use]
    pub fn unknown_attributes(self, kinds: &[u16]) -> Self {
        let mut value = [0; 16];
        let bytes = kinds.iter().flat_map(|kind| kind.to_be_bytes());
        let length = value.iter_mut().zip(bytes).map(|(to, from)| *to = from).count();
        self.attribute(UNKNOWN_ATTRIBUTES, value.get(..length).unwrap_or_default())
    }

    /// Adds MESSAGE-INTEGRITY where there is a key, and FINGERPRINT. Gives the length of the whole.
    ///
    /// # Errors
    /// [`BufferTooSmall`] when the buffer has no room for it.
    pub fn finish(mut self, key: Option<&Key>) -> Result<usize, BufferTooSmall> {
        if let Some(key) = key {
            self.set_length(ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES);
            let code = key.sign(&[self.written()]);
            self = self.attribute(MESSAGE_INTEGRITY, &code);
        }
        self.set_length(FINGERPRINT_BYTES);
        let checksum = crc32(self.written()) ^ FINGERPRINT_MASK;
        self = self.attribute(FINGERPRINT, &checksum.to_be_bytes());
        if self.fits { Ok(self.length) } else { Err(BufferTooSmall) }
    }

    fn written(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// Writes the message's length as it is with `more` bytes.
    fn set_length(&mut self, more: usize) {
        let length = self.length.saturating_sub(HEADER_BYTES).saturating_add(more);
        match (self.buffer.get_mut(2..4), u16::try_from(length)) {
            (Some(place), Ok(length)) => place.copy_from_slice(&length.to_be_bytes()),
            _ => self.fits = false,
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        match self.buffer.get_mut(self.length..end) {
            Some(place) if self.fits => {
                place.copy_from_slice(bytes);
                self.length = end;
            }
            _ => self.fits = false,
        }
    }
}
