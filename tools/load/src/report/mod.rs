//! What a run, a ramp or the capacity table came to, as one HTML page: nothing is loaded from elsewhere, so that it
//! opens from disk, can be sent by mail and still reads the same in ten years.
//!
//! Plots are SVG of our own, coloured by the page's style: so they follow light and dark, print, grow with a phone's
//! narrow screen, and each has its figures in a table beside it. There is no script; what a bar or a point stands
//! for is its `<title>`, which browsers show when it is pointed at.

mod distribution;
pub mod document;
mod hearing;
mod legs;
pub mod markup;
mod measured;
mod numbers;
mod origin;
pub mod page;
pub mod plot;
mod ramp;
mod run;
mod server;
mod setup;
mod table;
mod tester;
mod time;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use origin::Origin;
pub use ramp::ramp;
pub use run::run;
pub use table::table;
