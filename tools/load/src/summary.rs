//! Results in words, for a terminal.

use std::fmt::Write as _;

use crate::plan::Kind;
use crate::result::{Calls, Figures, RampEnd, RampResult, RunResult, Setup, Step, TableResult};
use crate::{Distribution, Measured};

/// Reasons for failure that are listed.
const REASONS_MAX: usize = 8;

/// A run, in words.
#[must_use]
pub fn of_run(result: &RunResult) -> String {
    let mut text = format!("{}\n{}\n\n", result.target, setup(&result.setup));
    put_calls(&mut text, &result.calls);
    put_measured(&mut text, &result.measured);
    put_stolen(&mut text, &result.measured);
    if let Some(server) = &result.server {
        let media = server.media_cpu_percent;
        let media = media.map(|percent| format!(", of which media threads {percent:.1} %"));
        let megabytes = server.memory_bytes as f64 / 1_048_576.0;
        put(
            &mut text,
            "server",
            &format!(
                "{:.1} % of a core{}, {megabytes:.0} MiB",
                server.cpu_percent,
                media.unwrap_or_default()
            ),
        );
    }
    let verdict = if result.holds() { "\nAll is well.\n" } else { "\nNot well:\n" };
    text.push_str(verdict);
    for fault in &result.faults {
        let _ = writeln!(text, "  - {fault}");
    }
    text
}

/// A ramp, in words.
#[must_use]
pub fn of_ramp(result: &RampResult) -> String {
    let mut text = format!("{}\n{}\n\n", result.target, setup(&result.setup));
    text.push_str("    legs  returned %    p50 ms    p99 ms    server %\n");
    for step in &result.steps {
        text.push_str(&of_step(step));
        text.push('\n');
    }
    text.push('\n');
    put_calls(&mut text, &result.calls);
    let bounds = &result.bounds;
    let end = match result.end {
        RampEnd::Found => "beyond that a bound broke",
        RampEnd::AllHeld => "and that is as far as it was to go",
        RampEnd::TesterLimit => "beyond that the tester itself was late: the server may carry more",
        RampEnd::Disturbed => {
            "beyond that others took time of the cores: the server may carry more"
        }
        RampEnd::OutOfTime => "and then there was no more time",
        RampEnd::Interrupted => "and then it was interrupted",
    };
    let _ = writeln!(
        text,
        "\n{} legs with {:.1} % returned, latency p99 up to {:.0} ms and no call failed; {end}.",
        result.most,
        bounds.returned_min * 100.0,
        bounds.latency_p99_ms_max
    );
    text
}

/// A step of a ramp, as a line of a table.
#[must_use]
pub fn of_step(step: &Step) -> String {
    let figure = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    let mut line = format!(
        "{:>8}  {:>10.3}  {:>8}  {:>8}  {:>10}",
        step.legs,
        step.returned * 100.0,
        figure(step.latency_p50_ms),
        figure(step.latency_p99_ms),
        figure(step.cpu_percent)
    );
    if step.stolen_percent > 0.0 {
        let _ = write!(line, "  {:.1} % stolen", step.stolen_percent);
    }
    for fault in step.all_faults() {
        let _ = write!(line, "  {fault}");
    }
    line
}

/// The capacity table, in words.
#[must_use]
pub fn of_table(result: &TableResult) -> String {
    let mut text = format!("{}\n", result.machine.in_words());
    if result.quick {
        text.push_str("Quick: half of each goal is asked for.\n");
    }
    text.push('\n');
    let width = result.rows.iter().map(|row| row.row.chars().count()).max().unwrap_or(0);
    for row in &result.rows {
        let _ = writeln!(
            text,
            "{} {:width$}  {:>22}  goal {:<14} {}",
            if row.holds { "yes" } else { "NO " },
            row.row,
            figures(&row.reached),
            figures(&row.goal),
            row.unit
        );
        if !row.note.is_empty() {
            let _ = writeln!(text, "      {}", row.note);
        }
    }
    text
}

fn figures(figures: &Figures) -> String {
    let shown = |value: &f64| {
        if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
    };
    match figures {
        Figures::One(value) => shown(value),
        Figures::Several(values) => values.iter().map(shown).collect::<Vec<_>>().join(" / "),
        Figures::Missing => "not measured".to_owned(),
    }
}

fn setup(setup: &Setup) -> String {
    let kind = match setup.kind {
        Kind::Sip => "by SIP",
        Kind::Browser => "as browsers",
    };
    let (rooms, legs) = (setup.rooms, setup.legs_per_room);
    let room = if rooms == 1 { "room" } else { "rooms" };
    format!(
        "{rooms} {room} of {legs} legs {kind}, {} talking, {}, {} calls/s",
        setup.talkers, setup.codec, setup.rate_per_s
    )
}

fn put(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name:<14} {value}");
}

fn put_calls(text: &mut String, calls: &Calls) {
    let setup = &calls.setup_ms;
    put(
        text,
        "calls",
        &format!(
            "{} placed, {} up, {} failed; set up in {:.0} ms, 99 % within {:.0} ms",
            calls.placed, calls.up, calls.failed, setup.p50, setup.p99
        ),
    );
    let mut failures: Vec<_> = calls.failures.iter().collect();
    failures.sort_by(|one, other| other.1.cmp(one.1));
    for (reason, count) in failures.into_iter().take(REASONS_MAX) {
        put(text, "", &format!("{count} × {reason}"));
    }
}

fn put_measured(text: &mut String, measured: &Measured) {
    let packets = &measured.packets;
    put(
        text,
        "packets",
        &format!(
            "{} sent, {} due back, {} returned ({:.3} %), {} twice, {} out of order",
            packets.sent,
            packets.due,
            packets.returned,
            measured.returned() * 100.0,
            packets.duplicates,
            packets.reordered
        ),
    );
    let gaps = &measured.gaps;
    put(text, "gaps", &format!("{}, the longest {:.0} ms", gaps.count, gaps.longest_ms));
    put(text, "jitter", &spread(&measured.jitter_ms));
    put(
        text,
        "latency",
        &format!(
            "{} (and {:.1} ms of the talker's codec)",
            spread(&measured.latency_ms),
            measured.codec_delay_ms
        ),
    );
    let hearing = &measured.hearing;
    put(
        text,
        "hearing",
        &format!(
            "{} of {} pairs of talker and listener; {} of {} talkers hear themselves",
            hearing.pairs - hearing.deaf.len().min(hearing.pairs),
            hearing.pairs,
            hearing.hear_themselves.len(),
            hearing.talkers_with_ears
        ),
    );
    let mos = &measured.mos;
    put(text, "MOS", &format!("{:.2}, the worst leg {:.2}", mos.mean, mos.worst));
    let tester = &measured.tester;
    put(
        text,
        "tester",
        &format!(
            "late by {:.0} µs at 99 %, {:.0} µs at most, of which by its own work {:.0} and {:.0} µs; {:.1} % of a core; {}",
            tester.lateness_us.p99,
            tester.lateness_us.max,
            tester.own_lateness_us.p99,
            tester.own_lateness_us.max,
            tester.cpu_percent,
            if tester.realtime { "real-time" } else { "not real-time" }
        ),
    );
}

fn put_stolen(text: &mut String, measured: &Measured) {
    put(text, "stolen", &format!("by the host: {}", measured.stolen.in_words()));
}

fn spread(distribution: &Distribution) -> String {
    if distribution.count == 0 {
        return "not measured".to_owned();
    }
    let Distribution { p50, p90, p99, max, .. } = distribution;
    format!("{p50:.1} ms, p90 {p90:.1} ms, p99 {p99:.1} ms, at most {max:.1} ms")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Codec, Others};
    use crate::result::{Better, Bounds, Machine, Row};

    fn result() -> RunResult {
        RunResult {
            target: "sip:1000@127.0.0.1".to_owned(),
            setup: Setup {
                kind: Kind::Sip,
                rooms: 2,
                legs_per_room: 6,
                talkers: 2,
                others: Others::Noise,
                codec: Codec::Pcmu,
                rate_per_s: 20.0,
            },
            calls: Calls {
                placed: 12,
                up: 10,
                failed: 2,
                failures: [("SIP 486 Busy Here".to_owned(), 2)].into(),
                ..Calls::default()
            },
            measured: Measured::default(),
            server: None,
            faults: vec!["2 of 12 calls failed".to_owned()],
        }
    }

    #[test]
    fn a_run_is_told_with_its_reasons() {
        let text = of_run(&result());
        for word in ["2 rooms of 6 legs by SIP", "2 × SIP 486 Busy Here", "Not well", "2 of 12"] {
            assert!(text.contains(word), "{word} in\n{text}");
        }
    }

    #[test]
    fn a_table_says_of_each_row_whether_it_holds() {
        let row = |reached, holds| Row {
            row: "legs".to_owned(),
            reached,
            goal: Figures::One(3_000.0),
            holds,
            better: Better::More,
            unit: "legs a core".to_owned(),
            note: String::new(),
        };
        let text = of_table(&TableResult {
            machine: Machine::default(),
            quick: true,
            rows: vec![row(Figures::One(3_120.0), true), row(Figures::Missing, false)],
            ramps: Vec::new(),
            runs: Vec::new(),
        });
        assert!(text.contains("yes legs") && text.contains("3120"), "{text}");
        assert!(text.contains("NO  legs") && text.contains("not measured"), "{text}");
    }

    #[test]
    fn a_ramp_says_how_far_it_came_and_why_no_further() {
        let step = Step {
            legs: 100,
            returned: 1.0,
            latency_p50_ms: Some(20.0),
            latency_p99_ms: None,
            cpu_percent: None,
            memory_bytes: None,
            calls_failed: 0,
            tester_faults: vec!["the tester was late".to_owned()],
            stolen_percent: 0.0,
            disturbed: false,
            faults: Vec::new(),
        };
        let text = of_ramp(&RampResult {
            target: String::new(),
            setup: result().setup,
            bounds: Bounds::default(),
            steps: vec![step],
            most: 0,
            end: RampEnd::TesterLimit,
            calls: Calls::default(),
            best: None,
        });
        assert!(text.contains("the tester itself was late"), "{text}");
    }
}
