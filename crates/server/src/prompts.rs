//! What people on the phone are told, in recorded words.
//!
//! The recordings of each [`Language`] are part of the program; a directory of the operator's may hold others in
//! place of some or all of them. `sentences` says which words a prompt is made of.

mod language;
mod numbers;
mod said_name;
mod sentences;
mod words;

use std::collections::HashMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use audio::Rate;
use audio::clip::Clip;
use conference::ParticipantId;

pub use language::{Language, UnknownLanguage};
pub use said_name::{SAID_NAME_MAX, SaidName};
pub use sentences::{alone, comes_or_goes, not_yet_open, sentence, sentence_in_breakout};
pub use words::Word;

/// Why a recording can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadRecording {
    /// It isn't what telephones play.
    #[error("the recording {0} is not a WAV file of 8 kHz, 16 bit, mono")]
    Format(PathBuf),
    /// It is there and can't be read.
    #[error("the recording {0} can't be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
}

/// The recordings, ready to play.
pub struct Prompts {
    by_language: HashMap<Language, Voice>,
    music: Clip,
}

/// By file name without its ending.
type Voice = HashMap<&'static str, Vec<f32>>;

/// Language, file name without its ending, and content of each recording in the program.
const RECORDINGS: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/prompts.rs"));

/// What people wait with, and the name of the file that takes its place.
const MUSIC: (&str, &[u8]) = ("music.wav", include_bytes!("../assets/music/music.wav"));

/// 400 ms at 8 kHz.
const BREATH_SAMPLES: usize = 3200;

impl Prompts {
    /// Decodes all recordings. A file `en/goodbye.wav` or `music.wav` in `directory` takes the place of the program's own.
    ///
    /// # Errors
    /// [`BadRecording`], which names the one that can't be used.
    pub fn load(directory: Option<&Path>) -> Result<Prompts, BadRecording> {
        let mut by_language: HashMap<Language, Voice> = HashMap::new();
        for &(language, name, content) in RECORDINGS {
            let Ok(language) = language.parse::<Language>() else { continue };
            let file = PathBuf::from(language.as_str()).join(name).with_extension("wav");
            let samples = choose(directory, &file, content)?;
            by_language.entry(language).or_default().insert(name, samples);
        }
        let music = choose(directory, Path::new(MUSIC.0), MUSIC.1)?;
        Ok(Prompts { by_language, music: Clip::new(Rate::Hz8000, music) })
    }

    /// What people wait with, to be heard over and over.
    pub fn music(&self) -> &Clip {
        &self.music
    }

    /// One sound of all the words, with a breath before the first: a phone's path needs a moment to open. A word
    /// that wasn't recorded in that language is left out.
    pub fn say(&self, language: Language, words: &[Word]) -> Clip {
        self.say_with_names(language, words, |_| None)
    }

    /// The same, with the names that participants have said among the words.
    pub fn say_with_names<'a>(
        &self,
        language: Language,
        words: &[Word],
        name_of: impl Fn(ParticipantId) -> Option<&'a SaidName>,
    ) -> Clip {
        let mut samples = vec![0.0; BREATH_SAMPLES];
        let voice = self.by_language.get(&language);
        for word in words {
            if let Word::Name(participant) = *word {
                let name = name_of(participant);
                samples.extend(name.map(SaidName::samples).unwrap_or_default());
                continue;
            }
            let said = voice.and_then(|voice| voice.get(word.file().as_str()));
            samples.extend(said.into_iter().flatten());
        }
        Clip::new(Rate::Hz8000, samples)
    }
}

/// The operator's own file, if there is one, or the program's.
fn choose(directory: Option<&Path>, file: &Path, content: &[u8]) -> Result<Vec<f32>, BadRecording> {
    match directory.map(|directory| directory.join(file)) {
        Some(other) if other.is_file() => of_file(&other),
        _ => samples(content).ok_or_else(|| BadRecording::Format(file.to_owned())),
    }
}

fn of_file(path: &Path) -> Result<Vec<f32>, BadRecording> {
    let content =
        fs::read(path).map_err(|error| BadRecording::Unreadable(path.to_owned(), error))?;
    samples(&content).ok_or_else(|| BadRecording::Format(path.to_owned()))
}

fn samples(wav: &[u8]) -> Option<Vec<f32>> {
    let mut reader = hound::WavReader::new(Cursor::new(wav)).ok()?;
    let spec = reader.spec();
    if (spec.sample_rate, spec.channels, spec.bits_per_sample) != (8000, 1, 16) {
        return None;
    }
    reader.samples::<i16>().map(|sample| Some(f32::from(sample.ok()?) / 32768.0)).collect()
}

#[cfg(test)]
mod tests;
