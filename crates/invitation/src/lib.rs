//! What brings people to a conference: a calendar file, a letter, a badge for any web page, a QR code
//! for a poster.
//!
//! Pure: text and pictures are made from what is passed in, the time included. Nothing is sent here.
//!
//! ```
//! use conference::{Schedule, Zone};
//! use invitation::{Calendar, Method};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let start = "2026-11-24T13:30:00Z".parse()?;
//! let schedule = Schedule::new(start, Zone::parse("Europe/Paris")?);
//! let calendar = Calendar {
//!     uid: "4c1f9a2e@confab.example",
//!     sequence: 0,
//!     title: "Budget, part 2",
//!     url: "https://confab.example/c/0123456789abcdefghjkmnpqrs",
//!     dial_in: None,
//!     schedule: &schedule,
//!     organizer: None,
//!     attendee: None,
//!     stamped_at: "2026-11-20T08:00:00Z".parse()?,
//! };
//! let text = calendar.write(Method::None);
//! assert!(text.contains("\r\nDTSTART:20261124T133000Z\r\n"));
//! assert!(text.contains("\r\nSUMMARY:Budget\\, part 2\r\n"));
//! # Ok(())
//! # }
//! ```
//!
//! Its parts: [`calendar`] (iCalendar, RFC 5545), [`letter`] (the words of a mail, and `mailto:`),
//! [`badge`] and [`qr`].
//!
//! Deliberately not here: how mail is packed and sent, and who may invite (`server`); reading of
//! calendars, as nobody sends us any.

pub mod badge;
pub mod calendar;
pub mod letter;
mod markup;
mod percent;
pub mod qr;

pub use calendar::{Calendar, Method, Person};
pub use letter::{Letter, Occasion};
