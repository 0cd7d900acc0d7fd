//! Scores of speech, by the `pesq` and `pystoi` packages of PyPI in a process of their own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::Fault;

/// The script, which is part of the program.
const SCRIPT: &str = include_str!("../score.py");

/// Something that was said and what was heard of it, laid beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// 8,000 is scored as narrowband, 16,000 as wideband.
    pub rate_hz: u32,
    /// As it was said.
    pub reference: Vec<f32>,
    /// As it was heard, of the same length.
    pub heard: Vec<f32>,
}

/// How a pair sounds.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Score {
    /// The opinion of listeners that ITU-T P.862.1 (narrowband) or P.862.2 (wideband) predicts, 1 to 4.64.
    pub pesq: f64,
    /// The share of it that is understood, 0 to 1 (Taal et al., "An algorithm for intelligibility prediction of
    /// time-frequency weighted noisy speech", IEEE TASLP 2011).
    pub stoi: f64,
}

/// Gives scores. Its process ends with it.
pub struct Scorer {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    scratch: TempDir,
    /// Where the pairs are kept for somebody to listen to, if anywhere.
    keep: Option<PathBuf>,
    scored: usize,
}

#[derive(Serialize)]
struct Request {
    reference: PathBuf,
    heard: PathBuf,
}

impl Scorer {
    /// Starts the interpreter of an environment that has what `requirements.txt` names.
    ///
    /// # Errors
    /// [`Fault::NoPython`], and [`Fault::Io`] for the scratch directory or the one to `keep` what is scored.
    pub fn start(python: &Path, keep: Option<&Path>) -> Result<Self, Fault> {
        let scratch = TempDir::new()?;
        if let Some(keep) = keep {
            fs::create_dir_all(keep)?;
        }
        let script = scratch.path().join("score.py");
        fs::write(&script, SCRIPT)?;
        let mut command = Command::new(python);
        // A library that calculates on several threads gains nothing here.
        command.arg(&script).env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1");
        let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process =
            process.map_err(|error| Fault::NoPython { python: python.to_owned(), error })?;
        let (requests, answers) = (process.stdin.take(), process.stdout.take());
        let answers = answers.ok_or_else(|| Fault::Scores("no output".to_owned()))?;
        let answers = BufReader::new(answers);
        let keep = keep.map(Path::to_owned);
        Ok(Self { process, requests, answers, scratch, keep, scored: 0 })
    }

    /// The score of each pair; `name` is what they are called where they are kept.
    ///
    /// # Errors
    /// [`Fault::Wav`], [`Fault::Io`], and [`Fault::Scores`] if the process gives none.
    pub fn score(&mut self, name: &str, pairs: &[Pair]) -> Result<Vec<Score>, Fault> {
        let directory = self.keep.as_deref().unwrap_or(self.scratch.path()).to_owned();
        let mut files = Vec::new();
        for pair in pairs {
            self.scored += 1;
            let path = |part: &str| directory.join(format!("{:04}-{name}-{part}.wav", self.scored));
            let request = Request { reference: path("said"), heard: path("heard") };
            write(&request.reference, pair.rate_hz, &pair.reference)?;
            write(&request.heard, pair.rate_hz, &pair.heard)?;
            files.push(request);
        }
        let scores = self.ask(&files)?;
        if self.keep.is_none() {
            for file in files {
                fs::remove_file(file.reference)?;
                fs::remove_file(file.heard)?;
            }
        }
        Ok(scores)
    }

    fn ask(&mut self, files: &[Request]) -> Result<Vec<Score>, Fault> {
        let fault = |error: serde_json::Error| Fault::Scores(error.to_string());
        let request = serde_json::to_string(files).map_err(fault)?;
        if let Some(requests) = &mut self.requests {
            writeln!(requests, "{request}")?;
        }
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let scores: Vec<Score> = serde_json::from_str(&answer).map_err(fault)?;
        if scores.len() == files.len() {
            return Ok(scores);
        }
        Err(Fault::Scores(format!("{} of {} came", scores.len(), files.len())))
    }
}

impl Drop for Scorer {
    fn drop(&mut self) {
        // It ends with its input.
        self.requests = None;
        let _ = self.process.wait();
    }
}

/// Writes a WAV file of 16 bits a sample.
fn write(path: &Path, rate_hz: u32, samples: &[f32]) -> Result<(), Fault> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec)?;
    for sample in samples {
        // A cast saturates.
        file.write_sample((sample * 32_768.0).round() as i16)?;
    }
    Ok(file.finalize()?)
}
