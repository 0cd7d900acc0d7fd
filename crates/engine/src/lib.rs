//! Pinned media workers: sockets, demux, legs, the tick, and the rings that join them to the control world.
