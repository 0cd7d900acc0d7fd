//! A phone's media: it talks, listens and presses keys over real UDP sockets.

mod conversation;
mod ear;
mod talker;
mod voice;

pub use conversation::{Conversation, Phone, PhoneError};
pub use ear::Ear;
pub use talker::{Format, Talker};
pub use voice::{Says, Voice};
