//! Fragments of descriptions: what becomes known after offer and answer (RFC 8840).

use super::{Candidate, IceCredentials, PROFILE};
use crate::limits::{CANDIDATES_MAX, FRAGMENT_BYTES_MAX};
use std::fmt;

/// A fragment of type `application/trickle-ice-sdpfrag` (RFC 8840 section 9), as HTTP carries it (RFC 9725
/// section 4.3). All that is bundled has one transport, so that it matters little which of several media lines a
/// candidate stands under: those of all are taken together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrickleFragment {
    /// The name of the media line, the first if there are several.
    pub mid: Option<String>,
    /// Whether the one who wrote it is ICE-lite.
    pub ice_lite: bool,
    /// The credentials that the candidates belong to. Others than those in use restart ICE.
    pub ice: Option<IceCredentials>,
    /// The candidates; those that can't be read are skipped (RFC 8838 section 11).
    pub candidates: Vec<Candidate>,
    /// There will be no more of them.
    pub end_of_candidates: bool,
}

/// Why bytes are not a fragment, in a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FragmentError {
    /// Not UTF-8, or with control characters inside of lines.
    #[error("The fragment is not text.")]
    NotText,
    /// A limit of [`limits`](crate::limits) is exceeded.
    #[error("The fragment has more than {max} {what}.")]
    TooMuch {
        /// Of what there is too much.
        what: &'static str,
        /// How much is allowed.
        max: usize,
    },
    /// A line is neither an attribute nor a media line.
    #[error("Line {0} of the fragment is malformed.")]
    Line(usize),
    /// The credentials are incomplete, malformed, or different from line to line.
    #[error("The fragment's ICE credentials are malformed.")]
    Credentials,
}

impl TrickleFragment {
    /// Reads a fragment. Attributes that are unknown are skipped.
    ///
    /// # Errors
    ///
    /// A [`FragmentError`] that says what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, FragmentError> {
        if bytes.len() > FRAGMENT_BYTES_MAX {
            return Err(FragmentError::TooMuch { what: "bytes", max: FRAGMENT_BYTES_MAX });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| FragmentError::NotText)?;
        let mut draft = Draft::default();
        for (line, number) in text.lines().zip(1..) {
            if line.chars().any(|c| c.is_control() && c != '\t') {
                return Err(FragmentError::NotText);
            }
            draft.read_line(line.trim(), number)?;
        }
        draft.finish()
    }
}

impl fmt::Display for TrickleFragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ice_lite {
            f.write_str("a=ice-lite\r\n")?;
        }
        if let Some(mid) = &self.mid {
            // The line only opens a section; what stands in it means nothing (RFC 8840 section 9).
            write!(f, "m=audio 9 {PROFILE} 0\r\na=mid:{mid}\r\n")?;
        }
        for attribute in self.ice.iter().flat_map(IceCredentials::attributes) {
            write!(f, "a={attribute}\r\n")?;
        }
        self.candidates.iter().try_for_each(|c| write!(f, "a=candidate:{c}\r\n"))?;
        if self.end_of_candidates { f.write_str("a=end-of-candidates\r\n") } else { Ok(()) }
    }
}

/// What was read so far.
#[derive(Default)]
struct Draft<'a> {
    fragment: TrickleFragment,
    ufrag: Option<&'a str>,
    pwd: Option<&'a str>,
}

impl<'a> Draft<'a> {
    fn read_line(&mut self, line: &'a str, number: usize) -> Result<(), FragmentError> {
        if line.is_empty() || line.starts_with("m=") {
            return Ok(());
        }
        let attribute = line.strip_prefix("a=").ok_or(FragmentError::Line(number))?;
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "ice-lite" => self.fragment.ice_lite = true,
            "mid" if self.fragment.mid.is_none() => self.fragment.mid = Some(value.to_owned()),
            "ice-ufrag" => once(&mut self.ufrag, value)?,
            "ice-pwd" => once(&mut self.pwd, value)?,
            "candidate" => self.read_candidate(value)?,
            "end-of-candidates" => self.fragment.end_of_candidates = true,
            _ => {}
        }
        Ok(())
    }

    fn read_candidate(&mut self, value: &str) -> Result<(), FragmentError> {
        let candidates = &mut self.fragment.candidates;
        if candidates.len() >= CANDIDATES_MAX {
            return Err(FragmentError::TooMuch { what: "candidates", max: CANDIDATES_MAX });
        }
        candidates.extend(Candidate::parse(value));
        Ok(())
    }

    fn finish(mut self) -> Result<TrickleFragment, FragmentError> {
        self.fragment.ice = match (self.ufrag, self.pwd) {
            (None, None) => None,
            (Some(ufrag), Some(pwd)) => {
                IceCredentials::checked(ufrag, pwd).map(Some).ok_or(FragmentError::Credentials)?
            }
            _ => return Err(FragmentError::Credentials),
        };
        Ok(self.fragment)
    }
}

/// What is said again has to be the same.
fn once<'a>(place: &mut Option<&'a str>, value: &'a str) -> Result<(), FragmentError> {
    if place.is_some_and(|known| known != value) {
        return Err(FragmentError::Credentials);
    }
    *place = Some(value);
    Ok(())
}
