//! Simulated browsers: they join by WHIP over HTTP, find their way by ICE, agree on keys by DTLS, and talk and
//! listen by SRTP, as real ones do.
//!
//! What has to be right on both sides is not the server's own code where that can be: the ICE agent is a full one
//! by others. [`Peer`] is all of it but the sockets and the clock; [`Browser`] runs one of them in a task.

mod checks;
mod error;
mod join;
mod media;
mod mouth;
mod peer;
mod receiver;
mod reports;
mod session;
mod whip;
mod wire;

pub use error::BrowserError;
pub use join::{Hears, Join, Transport};
pub use peer::{Peer, Stage};
pub use receiver::Heard;
pub use session::{Browser, Intruder};
pub use wire::Route;
