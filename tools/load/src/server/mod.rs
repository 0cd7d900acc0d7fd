//! The server under load: what it uses, and where it runs.

mod cores;
mod usage;

pub use cores::{Cores, Layout};
pub use usage::{Process, Sample, Unwatchable};
