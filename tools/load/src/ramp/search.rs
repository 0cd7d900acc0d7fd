//! In which order a ramp takes its steps.

use crate::result::{RampEnd, Step};

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// All bounds held.
    Held,
    /// A bound did not hold.
    Broke,
    /// The tester itself was not well: nothing is known.
    Unclear,
    /// It did not hold, but others took time of the server's core or the tester's: nothing is known, either.
    Disturbed,
}

/// How often a step is taken that does not hold: one breath of the machine's is no limit.
const TRIES: u32 = 2;

/// How often while others take time of the cores.
const TRIES_DISTURBED: u32 = 3;

/// A stride goes no further than this share of the way to where the server would have no time left: what a leg costs
/// is not the same at all loads.
const STRIDE_SHARE: f64 = 0.75;

/// A stride is no longer than so many steps, whatever the server's processor time lets hope for.
const STRIDE_STEPS_MAX: usize = 4;

/// Strides up while all holds, and then closes in on the limit.
#[derive(Clone, Debug)]
pub struct Search {
    step: usize,
    legs_max: usize,
    resolution: usize,
    /// The most that held.
    held: usize,
    /// The least that did not, and what that says of the limit.
    broke: Option<(usize, RampEnd)>,
    next: Option<usize>,
    tries: u32,
}

impl Outcome {
    /// What a step came to.
    #[must_use]
    pub fn of(step: &Step) -> Self {
        match (step.holds(), step.disturbed, step.is_valid()) {
            (true, ..) => Self::Held,
            (false, true, _) => Self::Disturbed,
            (false, false, true) => Self::Broke,
            (false, false, false) => Self::Unclear,
        }
    }

    /// How often it must have come before it counts, and what it says of the limit then.
    fn counts(self) -> (u32, RampEnd) {
        match self {
            Self::Held => (1, RampEnd::AllHeld),
            Self::Broke => (TRIES, RampEnd::Found),
            Self::Unclear => (TRIES, RampEnd::TesterLimit),
            Self::Disturbed => (TRIES_DISTURBED, RampEnd::Disturbed),
        }
    }
}

impl Search {
    /// Begins with `first` legs and goes on by `step` up to `legs_max`; all of them are 1 at least.
    #[must_use]
    pub fn new(first: usize, step: usize, legs_max: usize, resolution: usize) -> Self {
        Self {
            step: step.max(1),
            legs_max,
            resolution: resolution.max(1),
            held: 0,
            broke: None,
            next: Some(first.clamp(1, legs_max.max(1))),
            tries: 0,
        }
    }

    /// The legs of the next step; none when the search is over.
    #[must_use]
    pub fn next_legs(&self) -> Option<usize> {
        self.next
    }

    /// Why it is over: what the step said at which it came no further.
    #[must_use]
    pub fn end(&self) -> RampEnd {
        self.broke.map_or(RampEnd::AllHeld, |(_, end)| end)
    }

    /// Takes in what came of the step. `busy` is the share of its time that the server worked in it, from 0 to 1, if
    /// that is known.
    pub fn note(&mut self, outcome: Outcome, busy: Option<f64>) {
        let Some(legs) = self.next else { return };
        let (tries, end) = outcome.counts();
        self.tries += 1;
        if self.tries < tries {
            return;
        }
        self.tries = 0;
        match outcome {
            Outcome::Held => self.held = legs,
            _ => self.broke = Some((legs, end)),
        }
        self.next = self.after(busy);
    }

    fn after(&mut self, busy: Option<f64>) -> Option<usize> {
        match self.broke {
            None if self.held >= self.legs_max => None,
            None => Some((self.held + self.stride(busy)).min(self.legs_max)),
            Some((broke, _)) if broke.saturating_sub(self.held) <= self.resolution => None,
            Some((broke, _)) => Some(self.held + (broke - self.held) / 2),
        }
    }

    /// How many more legs to go on with while all holds.
    fn stride(&self, busy: Option<f64>) -> usize {
        let Some(busy) = busy.filter(|busy| *busy > 0.0) else { return self.step };
        let left = self.held as f64 / busy - self.held as f64;
        // A server that has no time left, and yet holds, is not gone on with by less than shows.
        let stride = (left * STRIDE_SHARE).max(0.0) as usize;
        stride.clamp(self.resolution, self.resolution.max(STRIDE_STEPS_MAX * self.step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a search against a server that carries so many, and a tester that does.
    fn run(mut search: Search, server: usize, tester: usize) -> (Vec<usize>, usize, RampEnd) {
        let mut taken = Vec::new();
        while let Some(legs) = search.next_legs() {
            taken.push(legs);
            let outcome = match legs {
                _ if legs > tester => Outcome::Unclear,
                _ if legs > server => Outcome::Broke,
                _ => Outcome::Held,
            };
            search.note(outcome, None);
            assert!(taken.len() < 100);
        }
        (taken, search.held, search.end())
    }

    #[test]
    fn the_limit_is_closed_in_from_both_sides() {
        let (taken, held, end) = run(Search::new(100, 100, 1_000, 25), 420, usize::MAX);
        assert_eq!(taken, [100, 200, 300, 400, 500, 500, 450, 450, 425, 425]);
        assert_eq!((held, end), (400, RampEnd::Found));
    }

    #[test]
    fn one_bad_step_is_tried_again() {
        let mut search = Search::new(10, 10, 30, 5);
        search.note(Outcome::Broke, None);
        assert_eq!(search.next_legs(), Some(10));
        search.note(Outcome::Held, None);
        assert_eq!(search.next_legs(), Some(20));
    }

    #[test]
    fn a_neighbour_does_not_end_a_search_at_once_and_is_named_if_it_does() {
        let mut search = Search::new(10, 10, 30, 5);
        for _ in 0..TRIES_DISTURBED - 1 {
            search.note(Outcome::Disturbed, None);
            assert_eq!(search.next_legs(), Some(10));
        }
        search.note(Outcome::Held, None);
        assert_eq!(search.next_legs(), Some(20));
        for _ in 0..TRIES_DISTURBED {
            search.note(Outcome::Disturbed, None);
        }
        assert_eq!((search.next_legs(), search.end()), (Some(15), RampEnd::Disturbed));
        search.note(Outcome::Disturbed, None);
        search.note(Outcome::Broke, None);
        assert_eq!(
            (search.next_legs(), search.end()),
            (None, RampEnd::Found),
            "the nearer one counts"
        );
    }

    #[test]
    fn strides_follow_what_the_server_has_left() {
        let next = |busy| {
            let mut search = Search::new(1_500, 300, 4_500, 60);
            search.note(Outcome::Held, busy);
            search.next_legs().unwrap() - 1_500
        };
        assert_eq!(next(None), 300);
        assert_eq!(next(Some(0.75)), 375, "500 legs more would be all that it can do");
        assert_eq!(next(Some(0.1)), 1_200, "no further than four steps");
        assert_eq!(next(Some(0.99)), 60, "no closer than what is told apart");
        assert_eq!(next(Some(1.3)), 60);
        assert_eq!(next(Some(0.0)), 300);
    }

    #[test]
    fn all_may_hold_and_the_tester_may_be_the_limit() {
        let (taken, held, end) = run(Search::new(10, 20, 45, 5), usize::MAX, usize::MAX);
        assert_eq!((taken, held, end), (vec![10, 30, 45], 45, RampEnd::AllHeld));
        let (_, held, end) = run(Search::new(10, 20, 45, 5), usize::MAX, 29);
        assert!((20..30).contains(&held));
        assert_eq!(end, RampEnd::TesterLimit);
    }

    #[test]
    fn a_server_that_carries_nobody_is_found_out() {
        let (taken, held, end) = run(Search::new(64, 64, 640, 8), 0, usize::MAX);
        assert_eq!((held, end), (0, RampEnd::Found));
        assert!(taken.len() < 12, "{taken:?}");
    }
}
