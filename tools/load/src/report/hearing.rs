//! Who hears whom.

use super::distribution;
use super::markup::{Element, Markup, element};
use super::numbers::{count, of, percent};
use super::page;
use crate::LegId;
use crate::measured::Hearing;

/// So many faults are named one by one.
const NAMED_MAX: usize = 20;

/// The section about it.
pub(super) fn section(hearing: &Hearing) -> Element {
    let Hearing { ears, pairs, chirps_due, chirps_heard, talkers_with_ears, .. } = hearing;
    let share = if *chirps_due == 0 { f64::NAN } else { *chirps_heard as f64 / *chirps_due as f64 };
    let facts = page::facts([
        ("Legs listened to", count(*ears as u64).into()),
        ("Pairs", format!("{} of a talker and somebody else", count(*pairs as u64)).into()),
        (
            "Chirps",
            format!("{} of {}, {}", count(*chirps_heard), count(*chirps_due), percent(share))
                .into(),
        ),
        (
            "Own voices",
            format!("searched for in what {} hear", of(*talkers_with_ears, "talker")).into(),
        ),
    ]);
    page::section("Who hears whom")
        .add(page::says(
            "Each talker chirps in its turn. The chirp is looked for in the decoded sound of others in its room, \
             and in the talker's own.",
        ))
        .add(facts)
        .add(listeners(hearing))
        .add(talkers(hearing))
}

fn listeners(hearing: &Hearing) -> Markup {
    if hearing.pairs == 0 {
        return page::says("Nobody listened, so nothing is known of who is heard.").into();
    }
    if hearing.deaf.is_empty() {
        return good("Everybody who listens hears all talkers of the room.");
    }
    let rows = hearing.deaf.iter().take(NAMED_MAX);
    let rows = rows.map(|deaf| [name(deaf.ear), name(deaf.talker)]);
    let wrong = bad(&format!(
        "Some are never heard by others: {} of {}.",
        of(hearing.deaf.len(), "pair"),
        hearing.pairs
    ));
    let table = page::grid("Who misses whom", &["listens", "and never hears"], rows);
    [wrong, table.into(), left_out(hearing.deaf.len())].into_iter().collect()
}

fn talkers(hearing: &Hearing) -> Markup {
    if hearing.talkers_with_ears == 0 {
        return Markup::default();
    }
    if hearing.hear_themselves.is_empty() {
        return good("No talker hears itself.");
    }
    let names = hearing.hear_themselves.iter().take(NAMED_MAX).map(|leg| name(*leg));
    let names = names.collect::<Vec<_>>().join(", ");
    let wrong = bad(&format!("Talkers who hear themselves: {names}."));
    let after = distribution::shown("Own voice after", "ms", &hearing.own_voice_ms, None);
    [wrong, left_out(hearing.hear_themselves.len()), after.into()].into_iter().collect()
}

fn left_out(all: usize) -> Markup {
    match all.checked_sub(NAMED_MAX) {
        Some(more @ 1..) => page::says(format!("And {} more.", count(more as u64))).into(),
        _ => Markup::default(),
    }
}

fn good(text: &str) -> Markup {
    element("p").class("good").add("✓ ").add(text).into()
}

fn bad(text: &str) -> Markup {
    element("p").class("bad").add("✗ ").add(text).into()
}

fn name(leg: LegId) -> String {
    leg.to_string()
}
