//! A bench for sound.

pub mod cli;
mod far_end;
mod fault;
mod house;
pub mod level;
mod listened;
mod outcome;
mod random;
mod resample;
mod rows;
mod score;
pub mod speech;
mod weather;

pub use fault::Fault;
