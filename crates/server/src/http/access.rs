//! Who may come into a conference, as its subscriber says it in a request.

use conference::{Access, Pin, PinError, PinHash, ServerSecret};
use serde::Deserialize;

use super::extract::named;
use super::problem::Problem;

/// Fewer than two can't confer.
const PARTICIPANTS_MIN: usize = 2;

/// What is chosen anew. What isn't named stays as it is; `null` takes a choice back.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Choices {
    #[serde(deserialize_with = "named")]
    pin: Option<Option<String>>,
    #[serde(deserialize_with = "named")]
    host_pin: Option<Option<String>>,
    lobby: Option<bool>,
    waits_for_host: Option<bool>,
    ends_with_host: Option<bool>,
    #[serde(deserialize_with = "named")]
    press_1: Option<Option<bool>>,
    announces_names: Option<bool>,
    #[serde(deserialize_with = "named")]
    participants_max: Option<Option<usize>>,
}

/// A PIN that is chosen, or taken back, if it is named at all.
type ChosenPin = Option<Option<Pin>>;

impl Choices {
    /// `before` with what is chosen anew. PINs are hashed under `secret`.
    pub(super) fn over(&self, before: &Access, secret: &ServerSecret) -> Result<Access, Problem> {
        let pin = parse("pin", self.pin.as_ref())?;
        let host_pin = parse("host_pin", self.host_pin.as_ref())?;
        if let Some(Some(max)) = self.participants_max
            && max < PARTICIPANTS_MIN
        {
            return Err(Problem::invalid("participants_max", "Give a number of at least 2."));
        }
        if clash(&pin, &host_pin, before, secret) {
            return Err(Problem::invalid("host_pin", "Give hosts another PIN than the others."));
        }
        let kept = |chosen: ChosenPin, before: &Option<PinHash>| match chosen {
            Some(pin) => pin.map(|pin| secret.hash(&pin, rand::random())),
            None => before.clone(),
        };
        Ok(Access {
            pin: kept(pin, &before.pin),
            host_pin: kept(host_pin, &before.host_pin),
            lobby: self.lobby.unwrap_or(before.lobby),
            waits_for_host: self.waits_for_host.unwrap_or(before.waits_for_host),
            ends_with_host: self.ends_with_host.unwrap_or(before.ends_with_host),
            press_1: self.press_1.unwrap_or(before.press_1),
            announces_names: self.announces_names.unwrap_or(before.announces_names),
            participants_max: self.participants_max.unwrap_or(before.participants_max),
        })
    }
}

fn parse(field: &'static str, text: Option<&Option<String>>) -> Result<ChosenPin, Problem> {
    let wrong = |error: PinError| Problem::invalid(field, error.to_string());
    let parsed = text.map(|text| text.as_deref().map(str::parse).transpose()).transpose();
    parsed.map_err(wrong)
}

/// Whether one PIN would be both a guest's and a host's.
fn clash(pin: &ChosenPin, host_pin: &ChosenPin, before: &Access, secret: &ServerSecret) -> bool {
    let is_of = |chosen: &ChosenPin, hash: &Option<PinHash>| {
        chosen.iter().flatten().zip(hash).any(|(pin, hash)| secret.is_of(pin, hash))
    };
    match (pin, host_pin) {
        (Some(Some(pin)), Some(Some(host_pin))) => pin == host_pin,
        (None, Some(Some(_))) => is_of(host_pin, &before.pin),
        (Some(Some(_)), None) => is_of(pin, &before.host_pin),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn secret() -> ServerSecret {
        ServerSecret::new([7; 32])
    }

    fn over(before: &Access, choices: Value) -> Result<Access, Problem> {
        serde_json::from_value::<Choices>(choices).unwrap().over(before, &secret())
    }

    #[test]
    fn what_is_not_named_stays_and_null_takes_back() {
        let chosen =
            json!({ "pin": "2468", "lobby": true, "press_1": false, "participants_max": 9 });
        let first = over(&Access::default(), chosen).unwrap();
        assert!(secret().is_of(&"2468".parse().unwrap(), first.pin.as_ref().unwrap()));
        assert_eq!(
            (first.lobby, first.press_1, first.participants_max),
            (true, Some(false), Some(9))
        );
        assert_eq!(over(&first, json!({})).unwrap(), first);
        let second = over(&first, json!({ "pin": null, "press_1": null })).unwrap();
        assert_eq!((second.pin, second.press_1, second.lobby), (None, None, true));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let before = over(&Access::default(), json!({ "pin": "2468" })).unwrap();
        for choices in [
            json!({ "pin": "12" }),
            json!({ "host_pin": "x".repeat(10_000) }),
            json!({ "participants_max": 1 }),
            json!({ "host_pin": "24 68" }),
            json!({ "pin": "1357", "host_pin": "1357" }),
        ] {
            let refused = over(&before, choices.clone()).unwrap_err();
            assert_eq!(refused.code(), "invalid", "{choices}");
        }
        let moved = over(&before, json!({ "pin": null, "host_pin": "2468" })).unwrap();
        assert!(moved.pin.is_none() && moved.host_pin.is_some());
    }
}
