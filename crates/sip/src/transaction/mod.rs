//! Transactions (RFC 3261 section 17): requests and responses arrive once, or their loss is told.
//!
//! Four machines know nothing but time and status codes. A [`client`] or [`server`] transaction has one of them and
//! what it sends again; [`Transactions`] holds these by key.

mod client;
mod client_invite;
mod client_plain;
mod key;
mod machine;
mod server;
mod server_invite;
mod server_plain;
mod table;

pub(crate) use self::{
    client::{Heard, Owner},
    key::{ClientKey, ServerKey},
    machine::{Due, Retransmission},
    table::Transactions,
};
