//! How hard a worker's encoders try, and whether its decoders guess deeply, by how busy it is: sound that is a little
//! coarser comes before calls that are refused, and long before ticks that are late.

use audio::codec::COMPLEXITY_MAX;

/// From this load on encoders make less effort.
const BUSY_FROM: f32 = 0.6;

/// And below this as much as they are set to. Far enough below that what less effort saves doesn't bring it back.
const CALM_BELOW: f32 = 0.4;

/// The complexity of libopus while a worker is busy: without its search for the pitch an encode of a mix takes two
/// thirds of the time, and PESQ-WB is 4.17 instead of 4.28, at 48 kbit/s. What is below saves nothing more.
const BUSY_COMPLEXITY: u8 = 2;

/// Follows the load of a worker.
#[derive(Debug, Default)]
pub(crate) struct Effort {
    is_busy: bool,
}

impl Effort {
    /// The most effort to be made at this load, 1 being all that there is.
    pub(crate) fn at(&mut self, load: f32) -> u8 {
        self.is_busy = load >= if self.is_busy { CALM_BELOW } else { BUSY_FROM };
        if self.is_busy { BUSY_COMPLEXITY } else { COMPLEXITY_MAX }
    }

    /// Whether less was made of it when it was last asked for.
    pub(crate) const fn is_busy(&self) -> bool {
        self.is_busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_effort_is_made_from_the_one_load_on_until_it_is_below_the_other() {
        let mut effort = Effort::default();
        let found = [0.0, 0.59, 0.61, 0.5, 0.41, 0.39, 0.5, 2.0].map(|load| effort.at(load));
        const ALL: u8 = COMPLEXITY_MAX;
        let less = BUSY_COMPLEXITY;
        assert_eq!(found, [ALL, ALL, less, less, less, ALL, ALL, less]);
    }
}
