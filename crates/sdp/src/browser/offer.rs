//! A browser's offer.

use super::extension::Extensions;
use super::section::{Audio, Section};
use super::{BrowserNegotiated, BrowserRefusal, RemoteParameters};
use crate::SessionDescription;
use crate::description::has;

/// A browser's offer that can be agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserOffer {
    pub(super) description: SessionDescription,
    /// Which media line is accepted.
    pub(super) accepted: usize,
    pub(super) extensions: Extensions,
    remote: RemoteParameters,
    negotiated: BrowserNegotiated,
}

impl BrowserOffer {
    /// Reads an offer, and takes its first audio line that is acceptable.
    ///
    /// # Errors
    ///
    /// A [`BrowserRefusal`]: that of the first audio line, if none is acceptable.
    pub fn parse(bytes: &[u8]) -> Result<Self, BrowserRefusal> {
        let description = SessionDescription::parse(bytes)?;
        if has(&description.attributes, "ice-lite") {
            return Err(BrowserRefusal::IceLite);
        }
        let (accepted, audio) = first_acceptable(&description)?;
        let Audio { remote, negotiated, extensions } = audio;
        Ok(Self { description, accepted, extensions, remote, negotiated })
    }

    /// What has to be known of the browser's transport.
    #[must_use]
    pub fn remote(&self) -> &RemoteParameters {
        &self.remote
    }

    /// What is agreed upon with the answer.
    #[must_use]
    pub fn negotiated(&self) -> &BrowserNegotiated {
        &self.negotiated
    }
}

fn first_acceptable(description: &SessionDescription) -> Result<(usize, Audio), BrowserRefusal> {
    let mut refusal = None;
    for (index, media) in description.media.iter().enumerate() {
        let section = Section::new(description, media);
        if !section.is_audio() {
            continue;
        }
        match checked_setup(&section).and_then(|()| section.audio()) {
            Ok(audio) => return Ok((index, audio)),
            Err(reason) => refusal = refusal.or(Some(reason)),
        }
    }
    Err(refusal.unwrap_or(BrowserRefusal::NoAudio))
}

/// The offer has to leave the passive side of DTLS to us; `active` is meant when nothing is said (RFC 4145
/// section 4).
fn checked_setup(section: &Section<'_>) -> Result<(), BrowserRefusal> {
    let setup = section.setup().unwrap_or("active");
    let leaves_passive = ["actpass", "active"].iter().any(|it| it.eq_ignore_ascii_case(setup));
    if leaves_passive { Ok(()) } else { Err(BrowserRefusal::Setup(setup.to_owned())) }
}
