//! One file of a recording: the mix, or a voice.

use std::io;
use std::path::PathBuf;

use audio::codec::{CodecKind, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
use audio::limiter::Limiter;
use audio::resample::Resampler;
use audio::{Frame, Rate, fade};

use crate::disk::Disk;
use crate::ogg_opus::{FRAMES_MAX, OggOpus};

/// Opus as a mix is sent to those who get all of it: by the transform coder, which is the cheapest, for recorders share
/// the processor with everybody else. Nothing gets lost on the way to a disk.
const ENCODER: EncoderSettings = EncoderSettings { opus_fec: false, ..EncoderSettings::MIX };

/// Ticks of silence that are encoded as such before no more is said of it: by then the decoder is silent too.
const SETTLING_TICKS: u64 = 10;

/// A file that is being written.
pub(crate) struct Track {
    path: PathBuf,
    file: OggOpus,
    encoder: Encoder,
    resampler: Resampler,
    limiter: Limiter,
    /// What is about to be encoded.
    frame: Frame,
    /// Ticks that are in the file.
    ticks: u64,
    /// Ticks of silence at its end.
    silent_ticks: u64,
    last_sample: f32,
    bytes: u64,
}

impl Track {
    /// Begins a file that has the same beginning as all others of its recording.
    pub(crate) fn new(path: PathBuf, comments: &[String]) -> io::Result<Self> {
        Ok(Self {
            path,
            file: OggOpus::new(rand::random(), comments)?,
            encoder: Encoder::new(CodecKind::Opus, ENCODER).map_err(io::Error::other)?,
            resampler: Resampler::new(Rate::Hz48000, Rate::Hz48000),
            limiter: Limiter::new(),
            frame: Frame::silent(Rate::Hz48000),
            ticks: 0,
            silent_ticks: SETTLING_TICKS,
            last_sample: 0.0,
            bytes: 0,
        })
    }

    /// Ticks that are in the file.
    pub(crate) fn ticks(&self) -> u64 {
        self.ticks
    }

    /// Bytes that were written.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds the sound of a tick, by its number from the beginning of the recording. What is missing before it becomes
    /// silence; what is there already stays.
    pub(crate) fn add(&mut self, tick: u64, sound: &Frame) -> io::Result<()> {
        if tick < self.ticks {
            return Ok(());
        }
        let has_gap = tick > self.ticks;
        self.fill_to(tick)?;
        self.resampler.set(sound.rate(), Rate::Hz48000);
        self.resampler.process(sound.samples(), self.frame.samples_mut());
        if has_gap {
            fade::fade_in(self.frame.samples_mut(), Rate::Hz48000);
        }
        self.silent_ticks = 0;
        self.encode()
    }

    /// Fills the file with silence up to a tick.
    pub(crate) fn fill_to(&mut self, tick: u64) -> io::Result<()> {
        while self.ticks < tick {
            if self.silent_ticks < SETTLING_TICKS {
                self.silence();
                self.silent_ticks += 1;
                self.encode()?;
            } else {
                let missing = (tick - self.ticks).min(u64::from(FRAMES_MAX));
                self.file.nothing(missing as u8)?;
                self.ticks += missing;
            }
        }
        Ok(())
    }

    /// Writes all whole pages.
    pub(crate) fn write(&mut self, disk: &mut impl Disk) -> io::Result<()> {
        let pages = self.file.take();
        if !pages.is_empty() {
            disk.append(&self.path, &pages)?;
            self.bytes += pages.len() as u64;
        }
        Ok(())
    }

    /// Ends the file after so many ticks, and writes the rest of it.
    pub(crate) fn finish(&mut self, ticks: u64, disk: &mut impl Disk) -> io::Result<()> {
        self.fill_to(ticks)?;
        self.silence();
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let bytes = self.encoder.encode(&self.frame, &mut payload).map_err(io::Error::other)?;
        self.file.finish(&payload[..bytes])?;
        self.write(disk)?;
        disk.settle(&self.path)
    }

    /// Sets the frame to the silence that follows what was there.
    fn silence(&mut self) {
        fade::tail(self.frame.samples_mut(), Rate::Hz48000, self.last_sample);
        self.resampler.reset();
    }

    /// Adds the frame to the file.
    fn encode(&mut self) -> io::Result<()> {
        self.limiter.process(self.frame.samples_mut());
        self.last_sample = self.frame.samples().last().copied().unwrap_or(0.0);
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let bytes = self.encoder.encode(&self.frame, &mut payload).map_err(io::Error::other)?;
        self.file.packet(&payload[..bytes])?;
        self.ticks += 1;
        Ok(())
    }
}
