//! A pair of sockets, and the legs that use it.

use udp::Socket;

use super::socket_key::Channel;

/// One port: RTP on an even number, RTCP on the odd one above.
pub(crate) struct Port {
    slot: u32,
    number: u16,
    rtp: Socket,
    rtcp: Socket,
    /// Places of the legs that use it.
    legs: Vec<u32>,
}

impl Port {
    pub(crate) fn new(slot: u32, number: u16, rtp: Socket, rtcp: Socket, legs_max: usize) -> Self {
        Self { slot, number, rtp, rtcp, legs: Vec::with_capacity(legs_max) }
    }

    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }

    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    pub(crate) fn socket(&self, channel: Channel) -> &Socket {
        match channel {
            Channel::Rtp => &self.rtp,
            Channel::Rtcp => &self.rtcp,
        }
    }

    pub(crate) fn legs(&self) -> &[u32] {
        &self.legs
    }

    /// Adds a leg, and gives its place among the port's legs. The control side sees to it that there
    /// are not more than there is room for; one more would allocate, but not be lost.
    pub(crate) fn join(&mut self, leg: u32) -> u32 {
        self.legs.push(leg);
        self.legs.len() as u32 - 1
    }

    /// Lets the leg at `place` go. Another may take its place: that one is given.
    pub(crate) fn leave(&mut self, place: u32) -> Option<u32> {
        let place = place as usize;
        if place < self.legs.len() {
            self.legs.swap_remove(place);
        }
        self.legs.get(place).copied()
    }
}
