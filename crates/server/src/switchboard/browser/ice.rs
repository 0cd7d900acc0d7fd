//! What a browser tells of its transport after its offer: candidates, and that it starts ICE anew.

use conference::{CallSecret, ConferenceKey};
use engine::EngineError;
use sdp::browser::TrickleFragment;

use super::answer;
use super::ice_session::IceSession;
use crate::switchboard::Switchboard;
use crate::switchboard::call::leg_of;

/// Something that a browser tells of its transport.
#[derive(Clone, Debug)]
pub struct IceUpdate {
    /// In which conference it is.
    pub conference: ConferenceKey,
    /// What it knows its call by.
    pub call: CallSecret,
    /// What it is about.
    pub precondition: Precondition,
    /// What it tells.
    pub fragment: TrickleFragment,
}

/// Which ICE session somebody means (RFC 9110 section 13.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Whichever there is.
    Any,
    /// One of these.
    OneOf(Vec<String>),
}

impl Precondition {
    fn holds(&self, name: &str) -> bool {
        match self {
            Precondition::Any => true,
            Precondition::OneOf(names) => names.iter().any(|meant| meant == name),
        }
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IceOutcome {
    /// It was noted.
    Noted,
    /// ICE starts anew.
    Restarted {
        /// The new ICE session's name.
        ice_session: String,
        /// Our side of it, as a fragment.
        fragment: String,
    },
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum IceError {
    /// There is no such browser in the conference.
    #[error("there is no such call")]
    NoSuchCall,
    /// It is about an ICE session that is over.
    #[error("it is about another ICE session")]
    OtherSession,
    /// The media engine can't restart ICE now. The session goes on as it was.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The server is stopping.
    #[error(transparent)]
    Stopped(#[from] crate::switchboard::Stopped),
}

impl Switchboard {
    /// Takes what a browser tells of its transport. Candidates need nothing from us, who answer checks
    /// from wherever they come. New credentials start ICE anew, and once more is no fault: a browser
    /// that did not hear the answer is told the same again.
    pub(in crate::switchboard) fn update_ice(
        &mut self,
        update: IceUpdate,
    ) -> Result<IceOutcome, IceError> {
        let IceUpdate { conference, call, precondition, fragment } = update;
        let session = self.conferences.get(conference).map(|active| &active.session);
        let call = session.and_then(|session| session.call(call)).ok_or(IceError::NoSuchCall)?;
        let id = self.call_of(conference, call.participant).ok_or(IceError::NoSuchCall)?;
        let call = self.calls.get_mut(&id).ok_or(IceError::NoSuchCall)?;
        let span = call.span.clone();
        let ice =
            call.browser_mut().and_then(|end| end.ice.as_mut()).ok_or(IceError::NoSuchCall)?;
        if !precondition.holds(ice.name()) {
            return Err(IceError::OtherSession);
        }
        match fragment.ice {
            Some(theirs) if theirs != *ice.theirs() => {
                let ours = self.engine.restart_ice(leg_of(id))?;
                ice.restart(theirs, answer::credentials(ours));
                span.in_scope(|| tracing::info!("the browser starts ICE anew"));
                Ok(restarted(ice, fragment.mid))
            }
            _ if precondition == Precondition::Any && ice.is_restarted() => {
                Ok(restarted(ice, fragment.mid))
            }
            _ => Ok(IceOutcome::Noted),
        }
    }
}

fn restarted(ice: &IceSession, mid: Option<String>) -> IceOutcome {
    let fragment = ice.fragment(mid).to_string();
    IceOutcome::Restarted { ice_session: ice.name().to_owned(), fragment }
}
