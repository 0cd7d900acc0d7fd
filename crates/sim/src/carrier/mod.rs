//! A simulated carrier on real SIP and RTP sockets: it answers calls to any number, each number behaving
//! as its last two digits say, and lets phones dial in.

mod behaviour;
mod caller;
mod exchange;

pub use behaviour::{Answers, Behaviour, TABLE};
pub use caller::{Caller, Connection};
pub use exchange::Carrier;
