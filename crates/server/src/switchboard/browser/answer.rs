//! Between the descriptions that a browser and we exchange, and the media engine.

use std::net::SocketAddr;

use audio::codec::EncoderSettings;
use engine::{BrowserPlace, BrowserSettings};
use rtp::srtp::Keys;
use sdp::browser::{
    BrowserLocal, BrowserNegotiated, BrowserOffer, IceCredentials, host_candidates,
};
use webrtc::dtls::Fingerprint;

use crate::switchboard::media::{CNAME, encoder};

/// The certificates that the browser says it has.
pub(super) fn expected(offer: &BrowserOffer) -> Vec<Fingerprint> {
    let offered = offer.remote().fingerprints.iter();
    offered.filter_map(|it| Fingerprint::new(it.hash().name(), it.bytes()).ok()).collect()
}

/// Our side of the answer.
pub(super) fn local(place: BrowserPlace, fingerprint: &str, tcp: &[SocketAddr]) -> BrowserLocal {
    let credentials = credentials(place.credentials);
    let candidates = host_candidates(&place.candidates, tcp);
    // Any number below 2^63 (RFC 9429 section 5.2.1); one that counted would tell how many there were.
    let session_id = rand::random::<u64>() >> 1;
    BrowserLocal::new(credentials, fingerprint, candidates, session_id)
}

/// Credentials of ours, as SDP has them.
pub(super) fn credentials(ours: webrtc::ice::Credentials) -> IceCredentials {
    IceCredentials::new(ours.ufrag.as_str(), ours.pwd.as_str())
}

/// What was agreed, as the engine wants it.
pub(super) fn leg(negotiated: &BrowserNegotiated, keys: Keys, placement: bool) -> BrowserSettings {
    let opus = &negotiated.opus;
    let encoder = EncoderSettings { opus_dtx: opus.discontinuous, ..encoder(opus, placement) };
    BrowserSettings {
        encoder,
        payload_type: negotiated.payload_type,
        red: negotiated.red,
        telephone_events: negotiated.telephone_event.as_ref().map(|events| events.receive),
        level_extension: negotiated.level_extension,
        mid_extension: negotiated.mid_extension.clone(),
        send: negotiated.direction.sends(),
        receive: negotiated.direction.receives(),
        cname: CNAME.to_owned(),
        keys,
    }
}
