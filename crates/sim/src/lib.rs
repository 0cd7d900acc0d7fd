//! Simulated phones and carriers, a virtual network and clock, and sound to recognise: for the demo, tests and benches.
