//! Trunks and calls over SIP, behind our own types.
//!
//! [`Endpoint::bind`] listens on UDP and TCP and gives a [`SipHandle`] to command and a queue of [`SipEvent`]s. A call
//! is placed with [`SipHandle::dial`] or announced by [`SipEvent::Incoming`], and ends with exactly one
//! [`SipEvent::Ended`], whatever happens. Session descriptions pass through as bytes: what is in them is somebody
//! else's business.
//!
//! ```
//! use sip::{CallId, Dial, Endpoint, EndCause, Settings, SipEvent, Trunk, TrunkId};
//! # async fn example() -> Result<(), sip::SipError> {
//! let mut settings = Settings::udp(([127, 0, 0, 1], 0).into());
//! // A carrier at an address where nobody listens.
//! settings.trunks.push(Trunk::new("carrier", "127.0.0.1:9".parse().expect("an address")));
//! let (handle, mut events) = Endpoint::bind(settings).await?;
//! let dial = Dial {
//!     trunk: TrunkId("carrier".into()),
//!     to_number: "+33123456789".into(),
//!     caller_id: None,
//!     offer: "v=0\r\n...".into(),
//!     ring_time: std::time::Duration::ZERO,
//! };
//! handle.dial(CallId(1), dial)?;
//! let event = events.recv().await.expect("the endpoint runs");
//! assert!(matches!(event, SipEvent::Ended { cause: EndCause::RingTimeout, .. }));
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().expect("a runtime").block_on(example()).expect("it works");
//! ```
//!
//! # Layout
//!
//! From the wire up, each layer knowing only those before it:
//!
//! | module | what it is | RFC |
//! |---|---|---|
//! | `message` | reading and writing, screened by [`limits`] | 3261 sections 7, 18.3, 20, 25 |
//! | `flow`, `outbox` | the way a message takes; what is to be sent and told | 3261 section 18 |
//! | `transaction` | retransmission and its end: four machines and a table | 3261 section 17, 6026 |
//! | `dialog` | tags, numbers, routes, targets | 3261 section 12 |
//! | `digest` | challenges, answered and made | 7616, 8760, 3261 section 22 |
//! | `call` | a call in its phases, a file each | 3261 sections 9, 13 to 15, 3311, 3264 |
//! | [`endpoint`] | all calls and trunks; who may come in | 3261 section 8, 3581 |
//! | `driver` | sockets, clock, names, task | 3261 section 18, 5626 section 4.4.1 |
//!
//! All but `driver` is sans-IO: [`endpoint::Core`] takes messages, commands and the time, and says what to send and
//! tell. Tests run two of them through a network of loss, delay and duplicates, in virtual time.
//!
//! # Invariants
//!
//! - Nothing from the network panics, blocks, or takes memory without a limit: see [`limits`].
//! - Whoever no trunk vouches for gets one refusal that says nothing, seldom, never larger than what was asked.
//! - Every transaction and every call ends by itself when the peer falls silent.
//! - Numbers are masked in logs; passwords are in no log and no `Debug` form.
//!
//! # Not here
//!
//! TLS, SRV and NAPTR look-ups and failover, REGISTER as a client, reliable provisionals (PRACK), session timers of our
//! own (a peer's refreshes are answered), REFER, multipart bodies. Names in a Contact or Record-Route are not looked
//! up: requests to them go back to where the peer was last heard.

mod call;
mod deadlines;
mod dialog;
mod digest;
mod driver;
pub mod endpoint;
mod error;
mod event;
mod flow;
mod fuzz;
pub mod limits;
mod mask;
mod message;
mod outbox;
mod random;
mod settings;
mod stats;
mod transaction;
mod trunk;

pub use driver::{Endpoint, SipHandle};
pub use error::SipError;
pub use event::{CallId, Caller, Command, Dial, EndCause, HangUp, Rejection, SipEvent};
#[doc(hidden)]
pub use fuzz::{fuzz_parse, is_understood};
pub use limits::Limits;
pub use mask::Masked;
pub use random::Entropy;
pub use settings::{Settings, Timers};
pub use stats::Stats;
pub use trunk::{
    Credentials, DEFAULT_PORT, HostPort, Inbound, InvalidHostPort, Transport, Trunk, TrunkId,
};
