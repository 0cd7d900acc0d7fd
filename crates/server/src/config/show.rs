//! Prints the effective configuration: each key, its value and where it came from.

use std::fmt::Write;

use figment::value::Value;

use super::keys::{self, KEYS};
use super::load::{Loaded, show_value, source_of};

/// One line for each key, secrets masked.
///
/// ```
/// use server::config::{load, show};
///
/// let loaded = load::load(&load::Layers::default())?;
/// assert!(show::show(&loaded).contains("http.listen = \"127.0.0.1:8080\"  # default"));
/// # Ok::<(), load::ConfigError>(())
/// ```
pub fn show(loaded: &Loaded) -> String {
    let mut text = String::new();
    for key in KEYS.iter().filter(|key| !key.name.starts_with("sip.trunks")) {
        let value = loaded.layers.find_value(key.name).ok();
        let source = source_of(&loaded.layers, key.name);
        line(&mut text, key.name, value.as_ref(), source.as_deref());
    }
    let trunks = loaded.layers.find_value("sip.trunks").ok().and_then(Value::into_array);
    let source = source_of(&loaded.layers, "sip.trunks");
    for (index, trunk) in trunks.unwrap_or_default().iter().enumerate() {
        for (name, value) in trunk.as_dict().into_iter().flatten() {
            let name = format!("sip.trunks.{index}.{name}");
            line(&mut text, &name, Some(value), source.as_deref());
        }
    }
    text
}

fn line(text: &mut String, name: &str, value: Option<&Value>, source: Option<&str>) {
    let secret = keys::find(name).is_some_and(|key| key.secret);
    let value = match value {
        None | Some(Value::Empty(..)) => "(none)".to_owned(),
        Some(_) if secret => keys::MASK.to_owned(),
        Some(value) => show_value(value),
    };
    // Writing to a String can't fail.
    let _ = writeln!(text, "{name} = {value}  # {}", source.unwrap_or("default"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::{Layers, load};

    fn shown(environment: &[(&str, &str)]) -> String {
        let environment = environment.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        show(&load(&Layers { environment, ..Layers::default() }).unwrap())
    }

    #[test]
    fn each_value_says_where_it_came_from() {
        let text = shown(&[("CONFAB_CALLS__RING_TIME_S", "30")]);
        assert!(text.contains("calls.ring_time_s = 30  # CONFAB_CALLS__RING_TIME_S\n"), "{text}");
        assert!(text.contains("calls.concurrent_max = 200  # default\n"), "{text}");
        assert!(text.contains("calls.caller_id = (none)  # default\n"), "{text}");
    }

    #[test]
    fn secrets_are_masked() {
        let trunk = "[{id=\"a\", address=\"b\", username=\"u\", password=\"hush-hush\"}]";
        let token = "a-long-token-of-thirty-letters";
        let text = shown(&[("CONFAB_SIP__TRUNKS", trunk), ("CONFAB_API__TOKEN", token)]);
        assert!(text.contains("api.token = (secret)  # CONFAB_API__TOKEN"), "{text}");
        assert!(text.contains("sip.trunks.0.password = (secret)"), "{text}");
        assert!(!text.contains("hush-hush") && !text.contains(token), "{text}");
    }
}
