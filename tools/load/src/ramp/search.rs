//! In which order a ramp takes its steps.

use crate::result::RampEnd;

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// All bounds held.
    Held,
    /// A bound did not hold.
    Broke,
    /// The tester itself was not well: nothing is known.
    Unclear,
}

/// Steps up while all holds, and then closes in on the limit. A step that broke or stayed unclear is taken once
/// more before it counts: one breath of the machine's is no limit.
#[derive(Clone, Debug)]
pub struct Search {
    step: usize,
    legs_max: usize,
    resolution: usize,
    /// The most that held.
    held: usize,
    /// The least that broke, or where the tester gave up.
    broke: Option<usize>,
    next: Option<usize>,
    is_second_try: bool,
    end: RampEnd,
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
            is_second_try: false,
            end: RampEnd::Found,
        }
    }

    /// The legs of the next step; none when the search is over.
    #[must_use]
    pub fn next_legs(&self) -> Option<usize> {
        self.next
    }

    /// Why it is over.
    #[must_use]
    pub fn end(&self) -> RampEnd {
        self.end
    }

    /// Takes in what came of the step.
    pub fn note(&mut self, outcome: Outcome) {
        let Some(legs) = self.next else { return };
        if outcome != Outcome::Held && !self.is_second_try {
            self.is_second_try = true;
            return;
        }
        self.is_second_try = false;
        match outcome {
            Outcome::Held => self.held = legs,
            Outcome::Broke => self.broke = Some(legs),
            Outcome::Unclear => {
                self.broke = Some(legs);
                self.end = RampEnd::TesterLimit;
            }
        }
        self.next = self.after();
    }

    fn after(&mut self) -> Option<usize> {
        match self.broke {
            None if self.held >= self.legs_max => {
                self.end = RampEnd::AllHeld;
                None
            }
            None => Some((self.held + self.step).min(self.legs_max)),
            Some(broke) if broke.saturating_sub(self.held) <= self.resolution => None,
            Some(broke) => Some(self.held + (broke - self.held) / 2),
        }
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
            search.note(match legs {
                _ if legs > tester => Outcome::Unclear,
                _ if legs > server => Outcome::Broke,
                _ => Outcome::Held,
            });
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
        search.note(Outcome::Broke);
        assert_eq!(search.next_legs(), Some(10));
        search.note(Outcome::Held);
        assert_eq!(search.next_legs(), Some(20));
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
