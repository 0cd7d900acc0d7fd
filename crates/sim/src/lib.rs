//! Simulated phones on a simulated carrier, simulated browsers, and speech to recognise.
//!
//! For the demo and the tests. The signalling and the media are real, on sockets: a [`Carrier`] takes SIP
//! calls to any number, and what happens there is said by the number's last two digits
//! ([`carrier::TABLE`]). A phone that answers plays recorded [`Speech`] and captures what it hears, which
//! [`correlate`] searches for what somebody else said. A [`Caller`] has phones dial in, and a [`Browser`] joins by
//! WHIP.
//!
//! ```
//! use audio::Rate;
//! use sim::{Speech, correlate};
//!
//! // Three seconds of silence, and then somebody says something ...
//! let said = Speech::Cards.samples(Rate::Hz8000);
//! let heard = [vec![0.0; 24_000], said.clone()].concat();
//!
//! // ... which is found where it is, and isn't taken for anything else.
//! let found = correlate::find(&said, &heard);
//! assert!(found.is_heard());
//! assert_eq!(found.lag_samples, 24_000);
//! assert!(correlate::find(&Speech::Amiable.samples(Rate::Hz8000), &heard).is_not_heard());
//! ```
//!
//! Deliberately missing: a network that loses and delays packets (the crates that need one test against
//! their own).

pub mod browser;
pub mod carrier;
pub mod correlate;
pub mod phone;
mod speech;

pub use browser::Browser;
pub use carrier::{Caller, Carrier};
pub use speech::{LEVEL_DBFS, Speech};
