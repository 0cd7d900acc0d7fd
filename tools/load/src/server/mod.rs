//! The server under load: what it uses, where it runs, what it says of itself, and one of the tester's own.

mod api;
mod confab;
mod cores;
mod figures;
mod usage;

pub use api::{Api, ApiError, Conference};
pub use confab::{Confab, StartError};
pub use cores::{Cores, Layout};
pub use figures::{Figures, Ticks};
pub use usage::{Process, Sample, Unwatchable};
