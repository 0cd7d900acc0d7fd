//! Browser sessions: WHIP, ICE, and DTLS for the keys.

mod checks;
mod session;

pub use checks::NoWay;
pub use session::{Progress, Session, Trouble};
