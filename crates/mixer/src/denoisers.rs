//! Denoisers, lent to the voices that need one.

use audio::denoise::Denoiser;
use std::sync::Arc;

/// The most voices on one desk that are denoised at once, of all its rooms: 0.8 megabytes, and a sixth of a
/// core if all of them speak. Whoever needs one more is heard as it is until one comes free.
pub const DENOISERS_MAX: usize = 32;

/// The denoisers of a desk.
pub(crate) struct Denoisers {
    places: Box<[(Arc<()>, Denoiser)]>,
}

/// The right to use a denoiser. It ends when it is dropped, wherever that is: with its room, for one.
pub(crate) struct Lease {
    place: usize,
    token: Arc<()>,
}

impl Denoisers {
    /// Makes so many.
    pub(crate) fn new(count: usize) -> Self {
        Self { places: (0..count).map(|_| (Arc::default(), Denoiser::new())).collect() }
    }

    /// Lends one that nobody has, if there is one.
    pub(crate) fn lend(&self) -> Option<Lease> {
        let is_free = |(token, _): &(Arc<()>, Denoiser)| Arc::strong_count(token) == 1;
        let place = self.places.iter().position(is_free)?;
        Some(Lease { place, token: self.places[place].0.clone() })
    }

    /// What was lent. None if that was on another desk.
    pub(crate) fn get(&mut self, lease: &Lease) -> Option<&mut Denoiser> {
        let (token, denoiser) = self.places.get_mut(lease.place)?;
        Arc::ptr_eq(token, &lease.token).then_some(denoiser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_lent_to_one_until_that_is_done_with_it() {
        let denoisers = Denoisers::new(2);
        let leases = [denoisers.lend().unwrap(), denoisers.lend().unwrap()];
        assert_ne!(leases[0].place, leases[1].place);
        assert!(denoisers.lend().is_none());
        drop(leases);
        assert!(denoisers.lend().is_some());
    }

    #[test]
    fn a_lease_is_good_for_its_own_desk_alone() {
        let (mut here, mut there) = (Denoisers::new(1), Denoisers::new(1));
        let lease = here.lend().unwrap();
        assert!(here.get(&lease).is_some());
        assert!(there.get(&lease).is_none());
    }
}
