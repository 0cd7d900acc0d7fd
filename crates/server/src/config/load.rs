//! Layers the configuration: defaults, file, environment, flags.

use std::fmt;
use std::path::{Path, PathBuf};

use figment::error::{Actual, Kind};
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::{Config, keys};

/// Where a configuration file is looked for when none is named.
pub const FILES: [&str; 2] = ["confab.toml", "/etc/confab/confab.toml"];

/// Starts the name of each environment variable that is read.
pub const PREFIX: &str = "CONFAB_";

/// Names the file, and so is no key itself.
pub const FILE_VARIABLE: &str = "CONFAB_CONFIG";

/// Where values come from, besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The file, when there is one.
    pub file: Option<PathBuf>,
    /// The environment's variables; those that don't start with [`PREFIX`] are passed over.
    pub environment: Vec<(String, String)>,
    /// Keys set by flags, with their values.
    pub flags: Vec<(String, String)>,
}

/// A configuration together with where each of its values came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration, checked.
    pub config: Config,
    /// Its layers.
    pub(super) layers: Figment,
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file isn't there or can't be read.
    #[error("the configuration file {path} can't be read: {reason}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// Values that aren't allowed, each on a line.
    #[error("{}", lines(.0))]
    Faults(Vec<Fault>),
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    lines.join("\n")
}

/// One key that doesn't hold: its name, value, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    source: Option<String>,
    what: String,
    allowed: Option<String>,
}

impl Fault {
    /// `value` isn't allowed for `key`.
    pub fn of_value(key: &str, value: impl fmt::Display) -> Fault {
        let known = keys::find(key);
        let value = match known {
            Some(known) if known.secret => keys::MASK.to_owned(),
            _ => value.to_string(),
        };
        let allowed = known.map(|key| key.allowed.to_owned());
        Fault { source: None, what: format!("{key} = {value}"), allowed }
    }

    fn of_unknown(key: &str) -> Fault {
        let hint = keys::nearest(key).map(|name| format!("; did you mean {name}?"));
        let what = format!("{key} is no key of the configuration{}", hint.unwrap_or_default());
        Fault { source: None, what, allowed: None }
    }

    fn from(mut self, source: Option<String>) -> Fault {
        self.source = source;
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}: ")?;
        }
        f.write_str(&self.what)?;
        match &self.allowed {
            Some(allowed) => write!(f, ": allowed is {allowed}"),
            None => Ok(()),
        }
    }
}

/// The file to read: the one named, else the first of [`FILES`] that exists.
pub fn file_to_read(named: Option<&Path>) -> Option<PathBuf> {
    match named {
        Some(path) => Some(path.to_owned()),
        None => FILES.iter().map(PathBuf::from).find(|path| path.is_file()),
    }
}

/// Reads and checks the configuration.
///
/// # Errors
/// [`ConfigError`] names the file that can't be read, or every key that doesn't hold.
pub fn load(layers: &Layers) -> Result<Loaded, ConfigError> {
    let defaults = Config::default();
    let mut figment = Figment::from(Serialized::defaults(&defaults));
    if let Some(path) = &layers.file {
        let text = std::fs::read_to_string(path)
            .map_err(|reason| ConfigError::Unreadable { path: path.clone(), reason })?;
        let name = path.display().to_string();
        figment = figment.merge(Named { name, provider: Toml::string(&text) });
    }
    for (variable, text) in &layers.environment {
        let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
        #[cfg(debug_assertions)]
        if variable == crate::clock::TEST_VARIABLE {
            continue;
        }
        if variable == FILE_VARIABLE {
            continue;
        }
        let key = rest.to_lowercase().replace("__", ".");
        figment = set(figment, &key, text, variable)?;
    }
    for (key, text) in &layers.flags {
        figment = set(figment, key, text, "command line")?;
    }
    let config: Config = figment.extract().map_err(|error| faults_of(error, &figment))?;
    config.check().map_err(|faults| ConfigError::Faults(with_sources(faults, &figment)))?;
    Ok(Loaded { config, layers: figment })
}

/// Where the value of `key` came from; `None` for a default.
pub(super) fn source_of(layers: &Figment, key: &str) -> Option<String> {
    let name = layers.find_metadata(key)?.name.to_string();
    (!name.contains("server::config")).then_some(name)
}

fn set(layers: Figment, key: &str, text: &str, source: &str) -> Result<Figment, ConfigError> {
    if keys::find(key).is_none() {
        let fault = Fault::of_unknown(key).from(Some(source.to_owned()));
        return Err(ConfigError::Faults(vec![fault]));
    }
    let default = Figment::from(Serialized::defaults(Config::default())).find_value(key).ok();
    let value = typed(text, default.as_ref());
    let one = One { key: key.to_owned(), value };
    Ok(layers.merge(Named { name: source.to_owned(), provider: one }))
}

/// Reads `text` as the kind of value that the default is, so that a caller id of digits stays a text.
fn typed(text: &str, default: Option<&Value>) -> Value {
    match default {
        Some(Value::Num(..)) => match text.parse::<u64>() {
            Ok(number) => Value::from(number),
            Err(_) => Value::from(text),
        },
        Some(Value::Bool(..)) => match text.parse::<bool>() {
            Ok(flag) => Value::from(flag),
            Err(_) => Value::from(text),
        },
        Some(Value::Array(..)) if !text.trim_start().starts_with('[') => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::from(parts.map(Value::from).collect::<Vec<Value>>())
        }
        // A list written as in the file: figment's own reader never fails, it falls back to a text.
        Some(Value::Array(..)) => text.parse().unwrap_or_else(|_| Value::from(text)),
        _ => Value::from(text),
    }
}

/// A provider under the name that errors and listings give it.
struct Named<P> {
    name: String,
    provider: P,
}

impl<P: Provider> Provider for Named<P> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        self.provider.data()
    }
}

/// A single key.
struct One {
    key: String,
    value: Value,
}

impl Provider for One {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.key.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let nested = figment::util::nest(&self.key, self.value.clone());
        let dict = nested.into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(dict))
    }
}

fn faults_of(error: figment::Error, layers: &Figment) -> ConfigError {
    ConfigError::Faults(error.into_iter().map(|error| fault_of(&error, layers)).collect())
}

fn fault_of(error: &figment::Error, layers: &Figment) -> Fault {
    let key = error.path.join(".");
    let source = error.metadata.as_ref().map(|metadata| metadata.name.to_string());
    let fault = match &error.kind {
        Kind::UnknownField(name, _) if key.is_empty() => Fault::of_unknown(name),
        Kind::UnknownField(name, _) if key.ends_with(name.as_str()) => Fault::of_unknown(&key),
        Kind::UnknownField(name, _) => Fault::of_unknown(&format!("{key}.{name}")),
        Kind::MissingField(name) => {
            Fault { source: None, what: format!("{key} lacks {name}"), allowed: None }
        }
        Kind::InvalidType(actual, _) | Kind::InvalidValue(actual, _) => {
            Fault::of_value(&key, shown(actual))
        }
        Kind::UnknownVariant(name, _) => Fault::of_value(&key, name),
        other if key.is_empty() => Fault { source: None, what: other.to_string(), allowed: None },
        other => match layers.find_value(&key) {
            Ok(value) => Fault::of_value(&key, show_value(&value)),
            Err(_) => Fault::of_value(&key, other),
        },
    };
    fault.from(source)
}

fn with_sources(faults: Vec<Fault>, layers: &Figment) -> Vec<Fault> {
    let source = |fault: &Fault| source_of(layers, fault.what.split(' ').next()?);
    faults
        .into_iter()
        .map(|fault| {
            let source = source(&fault);
            fault.from(source)
        })
        .collect()
}

fn shown(actual: &Actual) -> String {
    match actual {
        Actual::Str(text) => format!("{text:?}"),
        Actual::Bool(flag) => flag.to_string(),
        Actual::Signed(number) => number.to_string(),
        Actual::Unsigned(number) => number.to_string(),
        Actual::Float(number) => number.to_string(),
        Actual::Char(letter) => format!("{letter:?}"),
        other => other.to_string(),
    }
}

/// A value as one would write it in the file.
pub(super) fn show_value(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, letter) => format!("\"{letter}\""),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => shown(&number.to_actual()),
        Value::Array(_, values) => {
            let values: Vec<String> = values.iter().map(show_value).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Dict(..) => "{…}".to_owned(),
        Value::Empty(..) => "(none)".to_owned(),
    }
}

#[cfg(test)]
mod tests;
