//! Header fields in the order in which they came or will go.

use std::fmt;

use super::{name::Name, text::split_outside};

/// Names and values; values are unfolded and trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Headers(Vec<(Name, String)>);

impl Headers {
    /// Adds a field at the end.
    pub(crate) fn push(&mut self, name: Name, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// The same, for building.
    pub(crate) fn with(mut self, name: Name, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// The first field of that name.
    pub(crate) fn get(&self, name: &Name) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All fields of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a name whose fields hold lists: one field with commas is as good as several fields
    /// (RFC 3261 section 7.3.1).
    pub(crate) fn list<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a str> {
        self.all(name)
            .flat_map(|value| split_outside(value, b','))
            .filter(|value| !value.is_empty())
    }

    /// Removes all fields of that name.
    pub(crate) fn remove(&mut self, name: &Name) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Whether a field that may stand only once stands there twice (RFC 4475 section 3.3.8).
    pub(crate) fn repeats_single(&self) -> bool {
        self.0.iter().enumerate().any(|(at, (name, _))| {
            name.is_single() && self.0.iter().skip(at + 1).any(|(other, _)| other == name)
        })
    }

    /// Trims each value: unfolding leaves space at the front of those that began on a line of their own.
    pub(super) fn trim(&mut self) {
        for (_, value) in &mut self.0 {
            if value.starts_with(' ') {
                *value = value.trim_start().to_owned();
            }
        }
    }
}

impl Extend<(Name, String)> for Headers {
    fn extend<T: IntoIterator<Item = (Name, String)>>(&mut self, fields: T) {
        self.0.extend(fields);
    }
}

impl fmt::Display for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, value)| write!(f, "{name}: {value}\r\n"))
    }
}
