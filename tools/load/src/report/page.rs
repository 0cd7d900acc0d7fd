//! The pieces that a page's sections are made of.

use super::markup::{Element, Markup, element};

/// What a reader is to know first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// All is as it should be.
    Holds,
    /// Something isn't.
    Fails,
    /// Nothing can be said, for the tester itself was at fault.
    Invalid,
}

impl Verdict {
    /// The verdict on one measurement.
    pub fn of(is_valid: bool, holds: bool) -> Self {
        match (is_valid, holds) {
            (false, _) => Self::Invalid,
            (true, true) => Self::Holds,
            (true, false) => Self::Fails,
        }
    }

    /// The mark that says so.
    pub fn badge(self) -> Element {
        let (class, words) = match self {
            Self::Holds => ("badge good", "✓ holds"),
            Self::Fails => ("badge bad", "✗ does not hold"),
            Self::Invalid => ("badge bad", "! not valid"),
        };
        element("span").class(class).add(words)
    }
}

/// A part of the page under a heading.
pub fn section(title: &str) -> Element {
    element("section").add(element("h2").add(title))
}

/// A part that is there for those who want to see it.
pub fn folded(title: &str, verdict: Verdict, content: Markup) -> Element {
    let summary = element("summary").add(element("h2").add(title).add(" ").add(verdict.badge()));
    element("details").add(summary).add(content)
}

/// A paragraph.
pub fn says(text: impl Into<Markup>) -> Element {
    element("p").add(text)
}

/// A list of what is wrong; nothing if nothing is.
pub fn faults(faults: &[String]) -> Markup {
    if faults.is_empty() {
        return Markup::default();
    }
    let items = faults.iter().map(|fault| element("li").add(fault.as_str()));
    element("ul").class("faults").add_all(items).into()
}

/// Names and what they stand for. Those that stand for nothing are left out.
pub fn facts<const N: usize>(facts: [(&str, Markup); N]) -> Element {
    let known = facts.into_iter().filter(|(_, fact)| *fact != Markup::default());
    let rows = known.map(|(name, fact)| {
        element("div").add(element("dt").add(name)).add(element("dd").add(fact))
    });
    element("dl").add_all(rows)
}

/// Figures to be seen at a glance: what each is, and how much.
pub fn tiles(tiles: impl IntoIterator<Item = (&'static str, String)>) -> Element {
    let tiles = tiles.into_iter().map(|(name, value)| {
        element("div").add(element("dt").add(name)).add(element("dd").add(value))
    });
    element("dl").class("tiles").add_all(tiles)
}

/// A table, wide ones to be scrolled by themselves. The first column names its row.
pub fn grid<R>(caption: &str, columns: &[&str], rows: impl IntoIterator<Item = R>) -> Element
where
    R: IntoIterator<Item: Into<Markup>>,
{
    let head = columns.iter().map(|column| element("th").with("scope", "col").add(*column));
    let rows = rows.into_iter().map(|cells| {
        element("tr").add_all(cells.into_iter().enumerate().map(|(index, cell)| {
            let is_name = index == 0;
            let cell_of = if is_name { element("th").with("scope", "row") } else { element("td") };
            cell_of.add(cell)
        }))
    });
    let table = element("table")
        .add(element("caption").add(caption))
        .add(element("thead").add(element("tr").add_all(head)))
        .add(element("tbody").add_all(rows));
    element("div").class("scroll").with("tabindex", 0).add(table)
}
