//! What the media plane measured.

use super::distribution;
use super::hearing;
use super::markup::{Element, Markup, element};
use super::numbers::{NONE, count, figure, percent};
use super::page;
use super::time;
use crate::measured::{GAP_MS_MIN, Packets};
use crate::{Distribution, Measured};

/// The sections about packets, latency, jitter and who hears whom. `latency_p99_ms_max` is the bound on latency, if
/// there is one.
pub(super) fn sections(measured: &Measured, latency_p99_ms_max: Option<f64>) -> Markup {
    let sections = [
        packets(measured),
        latency(measured, latency_p99_ms_max),
        jitter(measured),
        hearing::section(&measured.hearing),
    ];
    sections.into_iter().map(Markup::from).collect()
}

/// The most important figures.
pub(super) fn tiles(measured: &Measured) -> Vec<(&'static str, String)> {
    let Measured { latency_ms: latency, jitter_ms: jitter, mos, packets, .. } = measured;
    let ms = |values: &Distribution, value| known(values.count, format!("{} ms", figure(value)));
    vec![
        ("Legs", count(measured.legs as u64)),
        ("Packets returned", known(packets.due, percent(measured.returned()))),
        ("Latency, median", ms(latency, latency.p50)),
        ("Latency, p99", ms(latency, latency.p99)),
        ("Jitter, p99", ms(jitter, jitter.p99)),
        ("MOS", known(packets.due, figure(mos.mean))),
    ]
}

/// What is known of so many values: a dash if of none.
fn known(values: u64, text: String) -> String {
    if values == 0 { NONE.into() } else { text }
}

fn packets(measured: &Measured) -> Element {
    let Packets { sent, due, returned, duplicates, reordered, rejected, silent_legs } =
        measured.packets;
    let totals = page::grid(
        "RTP packets of all legs",
        &["sent", "due back", "returned", "missing", "twice", "out of order", "not RTP"],
        [[sent, due, returned, due.saturating_sub(returned), duplicates, reordered, rejected]
            .map(count)],
    );
    let gaps = &measured.gaps;
    let facts = page::facts([
        ("Returned", percent(measured.returned()).into()),
        ("Silent legs", format!("{} received nothing", count(silent_legs)).into()),
        (
            "Gaps",
            format!(
                "{} of {GAP_MS_MIN} ms or more, on {} legs",
                count(gaps.count),
                count(gaps.legs)
            )
            .into(),
        ),
        ("Longest pause", format!("{} ms between two packets", figure(gaps.longest_ms)).into()),
        ("Measured for", format!("{} s", figure(measured.seconds)).into()),
    ]);
    let beside = element("div").class("plots").add(time::loss(&measured.series)).add(facts);
    page::section("Packets").add(totals).add(beside)
}

fn latency(measured: &Measured, bound: Option<f64>) -> Element {
    let mos = &measured.mos;
    page::section("Latency")
        .add(page::says(
            "From the moment at which a talker's packet goes out to the moment at which its sound is due at a \
             listener, by the kernel's receive timestamps. It holds the way there and back, the server's buffers \
             and the codec by which it encodes; not the talker's own, the 20 ms that a phone takes to fill a \
             packet, or a phone's jitter buffer.",
        ))
        .add(distribution::shown("Latency", "ms", &measured.latency_ms, bound))
        .add(page::facts([
            ("The talker's codec", format!("{} ms more", figure(measured.codec_delay_ms)).into()),
            (
                "MOS",
                format!(
                    "{} on average, {} or better for 99 % of the legs, {} the worst (E-model, ITU-T G.107)",
                    figure(mos.mean),
                    figure(mos.p1),
                    figure(mos.worst)
                )
                .into(),
            ),
        ]))
}

fn jitter(measured: &Measured) -> Element {
    page::section("Jitter")
        .add(page::says(
            "Interarrival jitter of what each leg receives (RFC 3550 section 6.4.1), taken once a second.",
        ))
        .add(distribution::shown("Jitter", "ms", &measured.jitter_ms, None))
}
