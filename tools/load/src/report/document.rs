//! The page around everything.

use super::markup::{Markup, element};
use super::origin::Origin;
use super::page::Verdict;

/// The page's style. It holds no reference to anything outside.
const STYLE: &str = include_str!("style.css");

/// A whole page.
#[must_use]
pub fn document(title: &str, verdict: Verdict, origin: &Origin, sections: Markup) -> String {
    let made = format!("{} · {} · {}", origin.made_at, origin.version, origin.machine.processor);
    let header = element("header")
        .add(element("h1").add(title).add(" ").add(verdict.badge()))
        .add(element("p").class("made").add(made));
    let body = element("main").add(header).add(sections).add(origin.section());
    let title = Markup::from(element("title").add(title)).into_string();
    let body = Markup::from(body).into_string();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n{title}\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
}
