//! The example file is kept true.

use std::collections::BTreeSet;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};

use super::keys::KEYS;
use super::*;

const EXAMPLE: &str = include_str!("../../confab.example.toml");

/// Takes the `#` off keys that are commented out (`#key = …`, `#[[table]]`), not off prose (`# …`).
fn uncommented() -> String {
    let bare = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => {
            rest.to_owned()
        }
        _ => line.to_owned(),
    };
    EXAMPLE.lines().map(bare).collect::<Vec<String>>().join("\n")
}

fn names(dict: &Dict, prefix: &str, found: &mut BTreeSet<String>) {
    for (name, value) in dict {
        let name = format!("{prefix}{name}");
        match value {
            Value::Dict(_, inner) => names(inner, &format!("{name}."), found),
            Value::Array(_, values) if name == "sip.trunks" => {
                found.insert(name.clone());
                for inner in values.iter().filter_map(Value::as_dict) {
                    names(inner, &format!("{name}.*."), found);
                }
            }
            _ => {
                found.insert(name);
            }
        }
    }
}

fn names_in(text: &str) -> BTreeSet<String> {
    let dict: Dict = Figment::from(Toml::string(text)).extract().unwrap();
    let mut found = BTreeSet::new();
    names(&dict, "", &mut found);
    found
}

#[test]
fn the_example_names_every_key_and_no_other() {
    let known: BTreeSet<String> = KEYS.iter().map(|key| key.name.to_owned()).collect();
    assert_eq!(names_in(&uncommented()), known);
}

#[test]
fn the_example_as_it_stands_is_the_default() {
    let example: Config = Figment::from(Toml::string(EXAMPLE)).extract().unwrap();
    assert_eq!(format!("{example:?}"), format!("{:?}", Config::default()));
    let set: Figment = Figment::from(Serialized::defaults(Config::default()));
    let values = |dict: Dict| {
        let mut found = BTreeSet::new();
        names(&dict, "", &mut found);
        found
    };
    for name in values(set.extract().unwrap()) {
        let absent = matches!(set.find_value(&name), Ok(Value::Empty(..)));
        let listed = names_in(EXAMPLE).contains(&name) || name == "sip.trunks";
        assert_eq!(listed, !absent, "{name}");
    }
}

#[test]
fn the_example_with_every_key_set_holds() {
    let text = uncommented().replace("crates/server/web", "web");
    let example: Config = Figment::from(Toml::string(&text)).extract().unwrap();
    let faults: Vec<String> =
        example.check().err().unwrap_or_default().iter().map(ToString::to_string).collect();
    // No token that anybody could know, and directories of another machine.
    let spared = ["api.token", "http.assets", "prompts.directory"];
    let is_spared = |fault: &String| spared.iter().any(|key| fault.starts_with(key));
    assert!(faults.iter().all(is_spared), "{faults:?}");
}
