//! HTML and SVG elements. What is put into one is escaped on the way, so that no name can become markup.

use std::fmt::{Display, Write};

/// Markup that is safe to be put into a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// As text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<&str> for Markup {
    fn from(text: &str) -> Self {
        Self(escaped(text))
    }
}

impl From<String> for Markup {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Element> for Markup {
    fn from(element: Element) -> Self {
        let Element { name, attributes, content } = element;
        Self(format!("<{name}{attributes}>{content}</{name}>"))
    }
}

/// One part after the other.
impl FromIterator<Markup> for Markup {
    fn from_iter<T: IntoIterator<Item = Markup>>(parts: T) -> Self {
        Self(parts.into_iter().map(|part| part.0).collect())
    }
}

/// An element that is being made.
#[derive(Clone, Debug)]
pub struct Element {
    name: &'static str,
    attributes: String,
    content: String,
}

/// An element without attributes and content.
pub fn element(name: &'static str) -> Element {
    Element { name, attributes: String::new(), content: String::new() }
}

impl Element {
    /// Sets an attribute.
    pub fn with(mut self, attribute: &'static str, value: impl Display) -> Self {
        let value = escaped(&value.to_string());
        // Writing into a string can't fail.
        let _ = write!(self.attributes, " {attribute}=\"{value}\"");
        self
    }

    /// Sets the class.
    pub fn class(self, class: &str) -> Self {
        self.with("class", class)
    }

    /// Adds to the end of the content.
    #[allow(clippy::should_implement_trait, reason = "it is no sum")]
    pub fn add(mut self, part: impl Into<Markup>) -> Self {
        self.content.push_str(&part.into().0);
        self
    }

    /// Adds several parts to the end of the content.
    pub fn add_all<T: Into<Markup>>(self, parts: impl IntoIterator<Item = T>) -> Self {
        parts.into_iter().fold(self, Self::add)
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // No other control character is allowed in HTML.
            c if c.is_control() && !matches!(c, '\n' | '\t') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped_and_markup_is_not_twice() {
        let inner = element("b").add("<script>");
        let outer = element("p").with("title", "\"a\" & 'b'").add(inner).add("\u{1b}[31m");
        assert_eq!(
            Markup::from(outer).into_string(),
            "<p title=\"&quot;a&quot; &amp; &#39;b&#39;\"><b>&lt;script&gt;</b>\u{fffd}[31m</p>"
        );
    }
}
