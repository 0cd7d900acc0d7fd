//! How a browser is known and reached.

use sdp::browser::{BrowserLocal, Candidate, IceCredentials, TrickleFragment};

/// How a browser and we know and reach each other, from one restart of ICE to the next.
pub(super) struct IceSession {
    theirs: IceCredentials,
    ours: IceCredentials,
    candidates: Vec<Candidate>,
    is_restarted: bool,
}

impl IceSession {
    pub(super) fn new(theirs: IceCredentials, local: &BrowserLocal) -> IceSession {
        IceSession {
            theirs,
            ours: local.ice.clone(),
            candidates: local.candidates.clone(),
            is_restarted: false,
        }
    }

    /// What the browser goes by.
    pub(super) fn theirs(&self) -> &IceCredentials {
        &self.theirs
    }

    /// Whether it is not the first.
    pub(super) fn is_restarted(&self) -> bool {
        self.is_restarted
    }

    /// Another for each restart: our user fragment, which is drawn anew each time.
    pub(super) fn name(&self) -> &str {
        &self.ours.ufrag
    }

    /// Both go by other credentials from now on.
    pub(super) fn restart(&mut self, theirs: IceCredentials, ours: IceCredentials) {
        (self.theirs, self.ours, self.is_restarted) = (theirs, ours, true);
    }

    /// Our side of it, under the browser's name for the media line.
    pub(super) fn fragment(&self, mid: Option<String>) -> TrickleFragment {
        TrickleFragment {
            mid,
            ice_lite: true,
            ice: Some(self.ours.clone()),
            candidates: self.candidates.clone(),
            end_of_candidates: true,
        }
    }
}
