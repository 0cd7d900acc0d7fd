//! Who may come into a conference, and when: what its subscriber has chosen for it.

use serde::{Deserialize, Serialize};

use crate::policy::Policy;
use crate::secret::PinHash;

/// What a subscriber has chosen for a conference. Whatever isn't chosen is as the server's [`Policy`] has it,
/// or open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Access {
    /// What everybody must know.
    pub pin: Option<PinHash>,
    /// What makes somebody a host.
    pub host_pin: Option<PinHash>,
    /// Whether a host has to let each one in.
    pub lobby: bool,
    /// Whether all wait until a host is there.
    pub waits_for_host: bool,
    /// Whether everybody leaves when the last host has left.
    pub ends_with_host: bool,
    /// Whether those who are called must press 1.
    pub press_1: Option<bool>,
    /// Whether whoever comes by phone says its name at the door, and is announced by it.
    pub announces_names: bool,
    /// How many may be in at most, if that is fewer than the policy allows.
    pub participants_max: Option<usize>,
}

impl Access {
    /// Whether whoever is called must press 1 to join.
    #[must_use]
    pub fn must_press_1(&self, policy: &Policy) -> bool {
        self.press_1.unwrap_or(policy.press_1)
    }

    /// How many may be in at most, those being called or connecting included.
    #[must_use]
    pub fn participants_max(&self, policy: &Policy) -> usize {
        let chosen = self.participants_max.unwrap_or(usize::MAX);
        chosen.min(policy.participants_per_conference_max)
    }
}

/// What somebody may do in a conference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Take part.
    #[default]
    Guest,
    /// Let others in, mute and remove them, lock the conference.
    Host,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_chosen_is_as_the_policy_has_it() {
        let policy = Policy { participants_per_conference_max: 10, ..Policy::default() };
        let max = |participants_max| {
            Access { participants_max, ..Access::default() }.participants_max(&policy)
        };
        assert_eq!((max(None), max(Some(3)), max(Some(11))), (10, 3, 10));
        assert!(Access::default().must_press_1(&policy));
        assert!(!Access { press_1: Some(false), ..Access::default() }.must_press_1(&policy));
        let off = Policy { press_1: false, ..policy };
        assert!(!Access::default().must_press_1(&off));
        assert!(Access { press_1: Some(true), ..Access::default() }.must_press_1(&off));
    }

    #[test]
    fn choices_of_an_earlier_version_can_be_read() {
        assert_eq!(serde_json::from_str::<Access>("{}").unwrap(), Access::default());
        let chosen = Access { lobby: true, press_1: Some(false), ..Access::default() };
        let text = serde_json::to_string(&chosen).unwrap();
        assert_eq!(serde_json::from_str::<Access>(&text).unwrap(), chosen);
    }
}
