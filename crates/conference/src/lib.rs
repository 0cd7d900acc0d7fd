//! The domain of Confab: what a conference is, who may come in, and how a call advances and ends.
//!
//! Pure: no I/O, clock, thread, lock or randomness. Time comes in as [`jiff::Timestamp`], random
//! bytes as arrays, and what has to be done comes out as [`Effect`]s for the server to carry out.
//!
//! ```
//! use conference::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now: jiff::Timestamp = "2026-11-24T13:30:00Z".parse()?;
//! let conference = Conference {
//!     key: ConferenceKey::from_random([7; 16]),
//!     subscriber: SubscriberId::new(1),
//!     title: "Planning".parse()?,
//!     schedule: None,
//!     dial_in_code: DialInCode::from_random([7; 8]),
//!     dial_in_number: None,
//!     access: Access::default(),
//!     placement: None,
//!     created_at: now,
//!     ended_at: None,
//! };
//! let mut admission = Admission::new(Policy::default());
//! let mut session = Session::new(conference.clone(), admission.policy().clone());
//!
//! // Somebody types a number on the conference's page.
//! let number = PhoneNumber::parse("06 12 34 56 78", "FR".parse()?)?;
//! let client = ClientAddress::from(std::net::IpAddr::from([192, 0, 2, 1]));
//! let standing = Standing::default();
//! let request =
//!     CallRequest { conference: &conference, number: &number, client, is_called: false, standing };
//! let permit = admission.place_call(now, request, session.load(), session.load())?;
//! let secret = CallSecret::from_random([8; 16]);
//! let role = Role::Guest;
//! let arrival = Arrival::CallMe { secret, number, name: None, role, browser: None };
//! let anna = session.arrive(now, arrival, permit);
//!
//! // The phone is picked up, and asked to press 1: then the session wants the leg in the room.
//! session.handle(now, Input::Progress { participant: anna, progress: Progress::Answered });
//! session.handle(now, Input::Received { participant: anna });
//! session.handle(now, Input::Digit { participant: anna, digit: '1' });
//! let effects: Vec<Effect> = std::iter::from_fn(|| session.poll_effect()).collect();
//! assert!(effects.contains(&Effect::Say { participant: anna, prompt: Prompt::Invitation }));
//! assert!(effects.contains(&Effect::Join { participant: anna, muted: false, held: false }));
//! assert_eq!(session.participants()[0].label, "+33 • •• •• •• 78");
//! # Ok(())
//! # }
//! ```
//!
//! Deliberately not here: persistence (`store`), SIP and sound (`sip`, `engine`, `mixer`), and
//! which HTTP or SIP status a [`Refusal`] becomes (`server`). There is no count of calls or
//! participants beside the sessions: the [`Load`] is taken from them when it is asked for.

pub mod access;
pub mod admission;
mod base32;
pub mod breakout;
pub mod call;
pub mod country;
pub mod delivery;
pub mod details;
pub mod door;
pub mod ending;
pub mod ids;
pub mod keypad;
pub mod mail_address;
pub mod notice;
pub mod phone;
pub mod pin;
pub mod policy;
pub mod prompt;
pub mod quality;
pub mod rate;
pub mod record;
pub mod recording;
mod roll;
pub mod schedule;
pub mod secret;
pub mod session;
pub mod sign_in;
pub mod snapshot;
pub mod text;
pub mod view;
pub mod volume;

pub use access::{Access, Role};
pub use admission::{
    Admission, BrowserRequest, CallRequest, ClientAddress, Load, Permit, Proof, Refusal,
    RefusalKind, Source, Standing,
};
pub use breakout::{BREAKOUTS_MAX, Breakout};
pub use call::{CallState, MutedBy, Progress, Via};
pub use country::{Country, UnknownCountry};
pub use details::{AccessView, DetailsView};
pub use door::Door;
pub use ending::Ending;
pub use ids::{
    CallSecret, ConferenceKey, DialInCode, ParticipantId, RecordingId, SessionToken, SignInToken,
    SubscriberId,
};
pub use mail_address::{MailAddress, MailAddressError};
pub use notice::{Herald, Notice, NoticeKind};
pub use phone::{NumberError, NumberKind, PhoneNumber};
pub use pin::{Pin, PinError};
pub use policy::{NumberRules, Policy, Prefix};
pub use prompt::{Called, Prompt};
pub use quality::{Measured, Quality, Rating};
pub use record::{CallRecord, Conference};
pub use recording::{RecordedVoice, Recording, RecordingEnd, RecordingEnding, RecordingView};
pub use schedule::{Occurrence, Phase, Repetition, Schedule, ScheduleError, SetTime, Zone};
pub use secret::{HostKey, PinHash, ServerSecret};
pub use session::{Arrival, Chime, Effect, Input, Place, Session};
pub use sign_in::{Guesses, SignIn};
pub use snapshot::{ConferenceView, DialInView};
pub use text::{ParticipantName, SubscriberName, TextError, Title};
pub use view::{Activity, CallView, ConferenceState, ConferenceStatus, Event, ParticipantView};
pub use volume::Volume;
