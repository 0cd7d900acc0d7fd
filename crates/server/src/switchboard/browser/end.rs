//! What a call with a browser is about.

use conference::CallSecret;
use sdp::browser::BrowserOffer;

use super::ice_session::IceSession;

/// The state of a call with a browser.
pub(in crate::switchboard) struct BrowserEnd {
    pub(super) offer: BrowserOffer,
    /// Whether it comes in the place of one that is there: after a reload.
    pub(in crate::switchboard) comes_again: bool,
    /// How it is reached and known, once a leg is reserved for it.
    pub(super) ice: Option<IceSession>,
    /// Our answer, until it is fetched.
    pub(super) answer: Option<String>,
    /// What its page knows its call by, once that is told.
    pub(super) secret: Option<CallSecret>,
    /// The keys of its media, from the end of the handshake until its leg is attached.
    pub(super) keys: Option<rtp::srtp::Keys>,
}

impl BrowserEnd {
    pub(super) fn new(offer: BrowserOffer) -> BrowserEnd {
        let comes_again = false;
        BrowserEnd { offer, comes_again, ice: None, answer: None, secret: None, keys: None }
    }

    /// Whether there is a leg for it.
    pub(in crate::switchboard) fn has_leg(&self) -> bool {
        self.ice.is_some()
    }
}
