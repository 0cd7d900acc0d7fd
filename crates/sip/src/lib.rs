//! Trunks and calls over SIP, behind our own types.

mod call;
mod deadlines;
mod dialog;
mod digest;
mod driver;
pub mod endpoint;
mod error;
mod event;
pub mod limits;
mod mask;
mod message;
mod random;
mod settings;
mod stats;
mod transaction;
mod trunk;

pub use driver::{Endpoint, SipHandle};
pub use error::SipError;
pub use event::{CallId, Caller, Command, Dial, EndCause, HangUp, Rejection, SipEvent};
pub use limits::Limits;
pub use mask::Masked;
pub use random::Entropy;
pub use settings::{Settings, Timers};
pub use stats::Stats;
pub use trunk::{Credentials, DEFAULT_PORT, HostPort, Inbound, Transport, Trunk, TrunkId};
