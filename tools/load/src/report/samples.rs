//! Results as they might have been measured, for tests.

use std::collections::BTreeMap;

use crate::distribution::Collector;
use crate::measured::{Deaf, Gaps, Hearing, Mos, Packets, Second, Stolen, Tester};
use crate::plan::{Codec, Kind, Others};
use crate::result::{
    Better, Bounds, Calls, Figures, Machine, RampEnd, RampResult, Row, RunResult, Setup, Step,
    TableResult, ThreadUsage, Usage,
};
use crate::{Distribution, LegId, Measured};

use super::Origin;

/// A name that does harm wherever it is not escaped.
pub(super) const HARMFUL: &str = "</title></style><script>alert('x')</script>\"&";

pub(super) fn origin() -> Origin {
    let machine = Machine {
        processor: "AMD EPYC 7B13".into(),
        cores: 2,
        governor: "performance".into(),
        kernel: "Linux 6.18".into(),
        layout: "server on core 0, tester on core 1".into(),
        idle: "core 0: 80 µs at p99".into(),
    };
    Origin {
        command: "confab-load run --legs 200".into(),
        version: "load 0.1.0".into(),
        made_at: "2026-01-01 12:00:00 UTC".into(),
        machine,
    }
}

/// Values about `middle`, with a tail.
fn distribution(middle: u64, values: u64) -> Collector {
    let mut collector = Collector::new();
    for n in 0..values {
        // The sum of several digits in different bases is about normal.
        let spread: u64 = [7, 11, 13, 17, 19].iter().map(|base| n % base).sum();
        let tail = if n % 97 == 0 { middle / 2 + n % 31 * middle / 60 } else { 0 };
        collector.record(middle * 3 / 4 + spread * middle / 130 + tail);
    }
    collector
}

pub(super) fn measured(legs: usize) -> Measured {
    let second = |at| Second {
        at,
        legs: legs as u64,
        sent: 50 * legs as u64,
        returned: 50 * legs as u64 - if at == 7 { 23 } else { 0 },
        missing: if at == 7 { 23 } else { 0 },
        server_cpu_percent: Some(31.0 + (at % 3) as f64),
        server_memory_bytes: Some((60 << 20) + (at << 16)),
    };
    let packets = Packets {
        sent: 1_000 * legs as u64,
        due: 1_000 * legs as u64,
        returned: 1_000 * legs as u64 - 23,
        ..Packets::default()
    };
    Measured {
        seconds: 20.0,
        legs,
        packets,
        series: (0..20).map(second).collect(),
        gaps: Gaps { count: 2, legs: 2, longest_ms: 80.1 },
        jitter_ms: distribution(300, 4_000).in_ms(),
        latency_ms: distribution(21_000, 3_000).in_ms(),
        codec_delay_ms: 0.0,
        hearing: Hearing {
            ears: 32,
            pairs: 90,
            chirps_due: 600,
            chirps_heard: 600,
            talkers_with_ears: 3,
            ..Hearing::default()
        },
        mos: Mos { mean: 4.36, p1: 4.31, worst: 4.2 },
        tester: Tester {
            lateness_us: distribution(60, 20_000).in_us(),
            own_lateness_us: distribution(20, 20_000).in_us(),
            realtime: true,
            cpu_percent: 22.5,
            valid: true,
            ..Tester::default()
        },
        stolen: Stolen { percent: [(0, 0.2), (1, 0.0)].into() },
    }
}

pub(super) fn setup() -> Setup {
    Setup {
        kind: Kind::Sip,
        rooms: 1,
        legs_per_room: 200,
        talkers: 3,
        others: Others::Noise,
        codec: Codec::Pcmu,
        rate_per_s: 100.0,
    }
}

fn calls(placed: u64) -> Calls {
    Calls { placed, up: placed, setup_ms: distribution(4_000, placed).in_ms(), ..Calls::default() }
}

pub(super) fn run() -> RunResult {
    RunResult {
        target: "sip:room@127.0.0.1:5060".into(),
        setup: setup(),
        calls: calls(200),
        measured: measured(200),
        server: Some(Usage {
            seconds: 20.0,
            cpu_percent: 32.0,
            media_cpu_percent: Some(29.1),
            memory_bytes: 61 << 20,
            threads: vec![ThreadUsage { name: "media-0".into(), cpu_percent: 29.1 }],
        }),
        faults: Vec::new(),
    }
}

/// The same, with everything wrong that can be, and harmful names.
pub(super) fn bad_run() -> RunResult {
    let mut run = run();
    run.target = HARMFUL.into();
    run.faults = vec![HARMFUL.into()];
    run.calls.failed = 3;
    run.calls.failures = BTreeMap::from([(HARMFUL.into(), 3)]);
    let hearing = &mut run.measured.hearing;
    hearing.deaf = (0..30).map(|ear| Deaf { ear: LegId(ear + 3), talker: LegId(1) }).collect();
    hearing.hear_themselves = vec![LegId(2)];
    hearing.own_voice_ms = distribution(40_000, 20).in_ms();
    run.measured.tester.valid = false;
    run.measured.tester.reasons = vec![HARMFUL.into()];
    run.server.as_mut().unwrap().threads[0].name = HARMFUL.into();
    run
}

/// Nothing came up, so nothing was measured.
pub(super) fn empty_run() -> RunResult {
    RunResult {
        calls: Calls { setup_ms: Distribution::default(), ..calls(0) },
        measured: Measured::default(),
        server: None,
        ..run()
    }
}

pub(super) fn ramp() -> RampResult {
    let step = |legs: usize| {
        let is_too_many = legs > 3_100;
        Step {
            legs,
            returned: if is_too_many { 0.9942 } else { 0.999_99 },
            latency_p50_ms: Some(20.5 + legs as f64 / 2_000.0),
            latency_p99_ms: Some(24.0 + if is_too_many { 18.0 } else { legs as f64 / 600.0 }),
            cpu_percent: Some(2.0 + legs as f64 / 33.5),
            memory_bytes: Some((30 << 20) + legs as u64 * 30_000),
            calls_failed: 0,
            tester_faults: Vec::new(),
            stolen_percent: 0.2,
            disturbed: false,
            faults: if is_too_many {
                vec!["99.42 % of packets returned".into()]
            } else {
                Vec::new()
            },
        }
    };
    RampResult {
        target: "sip:room@127.0.0.1:5060".into(),
        setup: setup(),
        bounds: Bounds::default(),
        steps: [500, 1_000, 2_000, 4_000, 3_000, 3_500, 3_200, 3_100].map(step).to_vec(),
        most: 3_100,
        end: RampEnd::Found,
        calls: calls(4_000),
        best: Some(measured(3_100)),
    }
}

pub(super) fn table() -> TableResult {
    let row = |row: &str, reached, goal, holds, better, unit: &str| Row {
        row: row.into(),
        reached,
        goal,
        holds,
        better,
        unit: unit.into(),
        note: "ramp, 10 s a step, three talkers".into(),
    };
    let one = Figures::One;
    TableResult {
        machine: origin().machine,
        quick: false,
        rows: vec![
            row("G.711, one room", one(3_100.0), one(3_000.0), true, Better::More, "legs"),
            row("Opus, 20 rooms × 50", one(512.0), one(700.0), false, Better::More, "legs"),
            row(
                "latency p50 / p99 at half of capacity",
                Figures::Several(vec![20.4, 31.0]),
                Figures::Several(vec![25.0, 35.0]),
                true,
                Better::Less,
                "ms",
            ),
            row(HARMFUL, Figures::Missing, one(1.3), false, Better::Less, "times"),
        ],
        ramps: vec![("G.711, one room".into(), ramp())],
        runs: vec![("half of capacity".into(), run())],
    }
}
