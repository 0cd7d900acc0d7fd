//! What every report has to be, whatever was measured.

use crate::result::{Figures, RampEnd, RampResult, TableResult};
use crate::{Distribution, distribution::Collector};

use super::samples::{self, HARMFUL, origin};
use super::{ramp, run, table};

/// All kinds of reports, with much in them and with nothing.
fn pages() -> Vec<String> {
    let nothing = RampResult {
        steps: Vec::new(),
        most: 0,
        best: None,
        end: RampEnd::Interrupted,
        ..samples::ramp()
    };
    let empty =
        TableResult { rows: Vec::new(), ramps: Vec::new(), runs: Vec::new(), ..samples::table() };
    vec![
        run(&samples::run(), &origin()),
        run(&samples::bad_run(), &origin()),
        run(&samples::empty_run(), &origin()),
        ramp(&samples::ramp(), &origin()),
        ramp(&nothing, &origin()),
        table(&samples::table(), &origin()),
        table(&empty, &origin()),
    ]
}

#[test]
fn elements_are_closed_in_the_order_in_which_they_were_opened() {
    for page in pages() {
        let mut open = Vec::new();
        for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let name = tag.split([' ', '\n']).next().unwrap();
            if name.starts_with('!') || name == "meta" {
                continue;
            }
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name)),
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?} are left open");
    }
}

#[test]
fn a_page_needs_nothing_but_itself() {
    for page in pages() {
        for reference in ["http:", "https:", "src=", "href=", "url(", "@import", "<link", "<script"]
        {
            assert!(!page.contains(reference), "{reference} leads outside");
        }
        assert!(page.starts_with("<!DOCTYPE html>") && page.contains("charset=\"utf-8\""));
    }
}

#[test]
fn harmful_names_are_shown_and_do_no_harm() {
    for page in [run(&samples::bad_run(), &origin()), table(&samples::table(), &origin())] {
        assert!(!page.contains(HARMFUL));
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"));
    }
}

#[test]
fn no_page_says_that_something_is_not_a_number() {
    for page in pages() {
        for wrong in ["NaN", "inf ", "\"inf", "-0 ", "None", "Some("] {
            assert!(!page.contains(wrong), "{wrong}");
        }
    }
}

#[test]
fn every_plot_tells_those_who_do_not_see_it_what_it_shows() {
    for page in pages() {
        let pictures = page.matches("<svg").count();
        assert_eq!(page.matches("role=\"img\" aria-label=\"").count(), pictures);
    }
}

#[test]
fn a_run_shows_all_that_was_measured() {
    let page = run(&samples::run(), &origin());
    for shown in [
        "✓ holds",
        "99.988 %",
        "Who hears whom",
        "No talker hears itself.",
        "Loss over time",
        "Server&#39;s CPU over time",
        "Latency",
        "Jitter",
        "The tester itself",
        "AMD EPYC 7B13",
        "confab-load run --legs 200",
        "No call failed.",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let page = run(&samples::bad_run(), &origin());
    for shown in [
        "! not valid",
        "never heard by others: 30 pairs of 90.",
        "And 10 more.",
        "hear themselves: leg 2.",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(run(&samples::empty_run(), &origin()).contains("Nothing was measured."));
}

#[test]
fn a_ramp_shows_its_steps_over_legs() {
    let page = ramp(&samples::ramp(), &origin());
    for shown in
        ["CPU over legs", "Latency over legs", "bound 35", "up to 3,100 legs", "99.42 % of packets"]
    {
        assert!(page.contains(shown), "{shown}");
    }
    assert_eq!(page.matches("class=\"dot first held\"").count() % 5, 0, "five steps held");
}

#[test]
fn a_table_shows_goals_beside_what_was_reached() {
    let page = table(&samples::table(), &origin());
    for shown in ["≥ 3,000 legs", "3,100", "≤ 25 / 35 ms", "20.4 / 31", "! not valid"] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn one_value_or_the_same_many_times_can_be_drawn() {
    for values in [&[0][..], &[20_000], &[5; 1_000], &[60_000_000]] {
        let mut collector = Collector::new();
        values.iter().for_each(|value| collector.record(*value));
        let mut result = samples::run();
        result.measured.latency_ms = collector.in_ms();
        result.measured.tester.lateness_us = collector.in_us();
        let page = run(&result, &origin());
        assert!(page.contains("p99 ") && !page.contains("NaN"));
    }
}

#[test]
fn figures_that_are_no_numbers_are_dashes() {
    let mut result = samples::table();
    result.rows[0].reached = Figures::One(f64::NAN);
    result.ramps[0].1.steps[0].cpu_percent = Some(f64::INFINITY);
    result.ramps[0].1.best.as_mut().unwrap().latency_ms = Distribution::default();
    let page = table(&result, &origin());
    assert!(!page.contains("NaN") && page.contains('–'));
}

/// Writes the pages to where they can be looked at.
#[test]
#[ignore = "for people with a browser: cargo test -p load report -- --ignored"]
fn pages_to_look_at() {
    let folder = std::env::temp_dir().join("confab-load-reports");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, page) in
        ["run", "bad", "empty", "ramp", "nothing", "table", "empty-table"].iter().zip(pages())
    {
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}
