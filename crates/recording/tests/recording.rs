//! Rooms are recorded, and what was recorded is heard by a player that isn't ours.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed call of a test's own is a failed test"
)]

#[path = "../../engine/tests/engine/support/mod.rs"]
mod support;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use audio::Rate;
use audio::codec::CodecKind;
use engine::{LegId, TAP_TICKS_MAX, TapSettings};
use recording::{
    Disk, Ending, LocalDisk, MIX_FILE, Plan, Recorder, Report, Summary, length_of, voice_file,
};
use tempfile::TempDir;

use support::{House, Participant, Phone, ROOM, share_of};

const VOICES: TapSettings = TapSettings { voices: true, ticks: TAP_TICKS_MAX };

/// Samples of a second at the rate to which players decode.
const SECOND: usize = 48_000;

/// A room with two phones, the second of which is not in it yet, and a recording.
struct Studio {
    house: House,
    phones: [Phone; 2],
    recorder: Recorder,
    reports: Receiver<Report>,
    directory: TempDir,
}

impl Studio {
    fn new(disk: impl Disk) -> Self {
        Self::with(disk, |_| {})
    }

    fn with(disk: impl Disk, change: impl FnOnce(&mut Plan)) -> Self {
        let mut house = House::new();
        let mut phones = [440.0, 700.0].map(|hz| Phone::new(CodecKind::G722, hz));
        phones[1].talks = false;
        house.join(1, &mut phones[0]);
        let tap = house.engine.tap_room(ROOM, VOICES).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let mut plan = Plan::new(directory.path().join("one"), "Planning");
        change(&mut plan);
        let (sender, reports) = channel();
        let report = move |report| sender.send(report).unwrap();
        let recorder = Recorder::start(tap, plan, disk, report).unwrap();
        Self { house, phones, recorder, reports, directory }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join("one").join(name)
    }

    /// Lets some ticks pass.
    fn ticks(&mut self, count: usize) {
        let [one, two] = &mut self.phones;
        let mut everybody: [&mut dyn Participant; 2] = [one, two];
        self.house.ticks(count, &mut everybody);
    }

    fn join_second(&mut self) {
        self.phones[1].talks = true;
        self.house.join(2, &mut self.phones[1]);
    }

    /// Waits until what is told fits.
    fn wait_for<T>(&self, wanted: impl Fn(Report) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.reports.recv().unwrap()) {
                return found;
            }
        }
    }

    fn wait_for_end(&self) -> Summary {
        self.wait_for(|report| match report {
            Report::Over(summary) => Some(summary),
            _ => None,
        })
    }
}

/// What `opusdec` of Xiph's makes of a file: samples at 48 kHz.
fn played(path: &Path) -> Vec<f32> {
    let output = Command::new("opusdec")
        .args(["--quiet", "--float", "--force-wav"])
        .arg(path)
        .arg("-")
        .output();
    let output = output.expect("opusdec, of Debian's opus-tools");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let data = output.stdout.windows(4).position(|four| four == b"data").unwrap() + 8;
    let samples = output.stdout[data..].chunks_exact(4);
    samples.map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

fn has_note(samples: &[f32], hz: f64) -> bool {
    share_of(samples, Rate::Hz48000, hz) > 0.3
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

#[test]
fn everybody_is_in_the_mix_and_each_in_a_file_of_equal_length() {
    let mut studio = Studio::new(LocalDisk);
    studio.ticks(100);
    studio.join_second();
    studio.ticks(100);
    studio.recorder.stop();
    let summary = studio.wait_for_end();
    assert_eq!((summary.ending, summary.lost), (Ending::Stopped, Duration::ZERO));
    assert_eq!(summary.duration, Duration::from_secs(4));

    let mix = played(&studio.file(MIX_FILE));
    let [first, second] = [1, 2].map(|leg| played(&studio.file(&voice_file(LegId(leg)))));
    for samples in [&mix, &first, &second] {
        assert_eq!(samples.len(), 4 * SECOND);
    }
    let early = &mix[..3 * SECOND / 2];
    assert!(has_note(early, 440.0) && !has_note(early, 700.0));
    assert!(has_note(&mix, 440.0) && has_note(&mix, 700.0));
    // Nothing else is in it, over all of the time: no gap, no click.
    let purity = |samples: &[f32], hz| {
        let windows = samples.windows(9_600).step_by(4_800);
        windows.map(|window| share_of(window, Rate::Hz48000, hz)).fold(1.0, f64::min)
    };
    assert!(purity(&first[SECOND..], 440.0) > 0.98, "{}", purity(&first[SECOND..], 440.0));
    assert!(purity(&second[3 * SECOND..], 700.0) > 0.98);
    assert!(peak(&second[..19 * SECOND / 10]) < 0.001, "it wasn't there yet");
    let info = Command::new("opusinfo").arg(studio.file(MIX_FILE)).output().unwrap();
    let info = String::from_utf8_lossy(&info.stdout).into_owned();
    assert!(info.contains("TITLE=Planning"), "{info}");
    assert!(!info.contains("WARNING") && !info.contains("ERROR"), "{info}");
    assert_eq!(length_of(&studio.file(MIX_FILE)).unwrap(), Duration::from_secs(4));
}

#[test]
fn a_room_that_is_closed_ends_its_recording() {
    let mut studio = Studio::new(LocalDisk);
    studio.ticks(20);
    studio.house.engine.close_room(ROOM).unwrap();
    studio.house.work();
    let summary = studio.wait_for_end();
    assert_eq!(summary.ending, Ending::RoomClosed);
    assert_eq!(played(&studio.file(MIX_FILE)).len(), 20 * 960);
}

#[test]
fn what_a_crash_leaves_is_played_up_to_its_last_page() {
    let mut studio = Studio::new(LocalDisk);
    studio.ticks(120);
    // Until two pages are on the disk, as they are after a crash.
    let mix = studio.file(MIX_FILE);
    let two = Duration::from_millis(1_900);
    while !length_of(&mix).is_ok_and(|length| length > two) {
        std::thread::yield_now();
    }
    let cut = studio.file("cut.ogg");
    std::fs::copy(&mix, &cut).unwrap();
    let samples = played(&cut);
    assert!((95_000..96_001).contains(&samples.len()), "{}", samples.len());
    assert!(has_note(&samples, 440.0));
    studio.recorder.finish();
}

/// A disk that fills up, or doesn't answer for a while.
struct BadDisk {
    bytes_left: usize,
    free_bytes: u64,
    answers: Option<Receiver<()>>,
}

impl Disk for BadDisk {
    fn make_directory(&mut self, path: &Path) -> io::Result<()> {
        LocalDisk.make_directory(path)
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Some(answers) = &self.answers {
            // It answers for good once the other end is gone.
            let _ = answers.recv();
        }
        self.bytes_left =
            self.bytes_left.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        LocalDisk.append(path, bytes)
    }

    fn settle(&mut self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&mut self, _path: &Path) -> io::Result<u64> {
        Ok(self.free_bytes)
    }
}

#[test]
fn a_full_disk_ends_the_recording_and_what_was_written_is_whole() {
    let disk = BadDisk { bytes_left: 30_000, free_bytes: u64::MAX, answers: None };
    let mut studio = Studio::new(disk);
    let summary = loop {
        studio.ticks(50);
        if let Ok(Report::Over(summary)) = studio.reports.recv_timeout(Duration::from_millis(200)) {
            break summary;
        }
    };
    assert_eq!(summary.ending, Ending::DiskFull);
    assert!((1..=30_000).contains(&summary.bytes), "{summary:?}");
    let samples = played(&studio.file(MIX_FILE));
    assert!(samples.len() + 312 >= SECOND && has_note(&samples, 440.0), "{}", samples.len());
    // The room doesn't notice: the tap is gone, and its sound goes on.
    studio.phones[0].forget();
    studio.ticks(3);
    assert_eq!(studio.phones[0].headers.len(), 3);
    assert!(studio.house.engine.tap_room(ROOM, VOICES).is_ok());
}

#[test]
fn a_disk_with_too_little_room_is_full() {
    let disk = BadDisk { bytes_left: usize::MAX, free_bytes: 999, answers: None };
    let mut studio = Studio::with(disk, |plan| plan.free_bytes_min = 1_000);
    studio.ticks(1);
    assert_eq!(studio.wait_for_end().ending, Ending::DiskFull);
}

#[test]
fn no_recording_is_longer_than_it_may_be() {
    let mut studio = Studio::with(LocalDisk, |plan| plan.duration_max = Duration::from_secs(1));
    studio.ticks(60);
    let summary = studio.wait_for_end();
    assert_eq!(summary.ending, Ending::TooLong);
}

#[test]
fn a_disk_that_stands_still_costs_sound_of_the_recording_and_no_time() {
    let (answer, answers): (Sender<()>, _) = channel();
    let disk = BadDisk { bytes_left: usize::MAX, free_bytes: u64::MAX, answers: Some(answers) };
    let mut studio = Studio::new(disk);
    // The recorder waits for the disk with the very first page of the mix.
    studio.ticks(TAP_TICKS_MAX + 100);
    drop(answer);
    let lost = studio.wait_for(|report| match report {
        Report::Lost { time } => Some(time),
        _ => None,
    });
    assert_eq!(lost, Duration::from_secs(2));
    studio.ticks(50);
    studio.recorder.stop();
    let summary = studio.wait_for_end();
    assert_eq!((summary.ending, summary.lost), (Ending::Stopped, lost));
    assert_eq!(summary.duration, Duration::from_secs(8), "time stays right");

    let samples = played(&studio.file(MIX_FILE));
    assert_eq!(samples.len(), 8 * SECOND);
    assert!(has_note(&samples[..5 * SECOND], 440.0));
    assert!(peak(&samples[5 * SECOND + 4_800..7 * SECOND - 960]) < 0.001, "silence");
    assert!(has_note(&samples[7 * SECOND..], 440.0));
}

#[test]
fn a_place_that_cannot_be_written_to_is_told_of() {
    let studio = Studio::with(LocalDisk, |plan| plan.directory = "/proc/nowhere".into());
    let Ending::Failed(words) = studio.wait_for_end().ending else { panic!("it didn't fail") };
    assert!(!words.is_empty());
}
