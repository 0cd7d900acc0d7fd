//! The I/O around [`Talker`] and [`Ear`]: sockets, a clock and a task.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audio::codec::{CodecError, CodecKind};
use audio::resample::Resampler;
use audio::{Rate, TICK};
use rtp::packet::Packet;
use rtp::sender::Start;
use sdp::{Encoding, LocalMedia, Negotiated, Session};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{self, MissedTickBehavior};

use super::{Ear, Format, Says, Talker};
use crate::Speech;
use crate::correlate::{self, Match};

/// From this magnitude on a sound is taken for speech: −34 dBFS, far above any comfort noise.
const LOUD: f32 = 0.02;

/// Why a phone can't talk.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// There is no socket to be had.
    #[error("a phone can't open its socket: {0}")]
    Socket(#[from] io::Error),
    /// Its codec can't be set up.
    #[error("a phone can't set up its codec: {0}")]
    Codec(#[from] CodecError),
    /// The other side's SDP can't be used.
    #[error("a phone can't talk to the other side: {0}")]
    Refused(#[from] sdp::Refusal),
    /// The other side's SDP can't be read.
    #[error("a phone can't read the other side's SDP: {0}")]
    Sdp(#[from] sdp::ParseError),
    /// Its call wasn't answered.
    #[error("a phone's call wasn't answered: {0:?}")]
    NotAnswered(sip::EndCause),
    /// Its SIP endpoint fails.
    #[error("a phone can't signal: {0}")]
    Sip(#[from] sip::SipError),
}

/// A phone with its RTP socket, before it talks.
#[derive(Debug)]
pub struct Phone {
    socket: UdpSocket,
    address: SocketAddr,
}

impl Phone {
    /// A phone with a socket on `ip`.
    ///
    /// # Errors
    /// There is no socket to be had.
    pub async fn open(ip: IpAddr) -> Result<Self, PhoneError> {
        let socket = UdpSocket::bind((ip, 0)).await?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// A session in which this phone knows these codecs, the best first, and telephone events.
    pub fn session(&self, codecs: &[Encoding]) -> Session {
        let media = LocalMedia::new(self.address, rand::random::<u32>().into());
        Session::new(LocalMedia { codecs: codecs.to_vec(), ..media })
    }

    /// Begins to talk and to listen.
    ///
    /// # Errors
    /// The codec can't be set up.
    pub fn talk(
        self,
        negotiated: &Negotiated,
        says: impl Into<Says>,
    ) -> Result<Conversation, PhoneError> {
        let codec = &negotiated.codec;
        let says = says.into();
        let format = Format {
            kind: kind_of(codec.encoding),
            payload_type: codec.payload_type_send,
            keys: negotiated.telephone_event,
        };
        let start =
            Start { ssrc: rand::random(), sequence: rand::random(), timestamp: rand::random() };
        let talker = Talker::new(format, says, start)?;
        let ear = Arc::new(Mutex::new(Ear::new(format.kind)?));
        let (keys, pressed) = mpsc::unbounded_channel();
        let line = Line {
            socket: self.socket,
            remote: negotiated.remote_rtp,
            payload_type: codec.payload_type_receive,
            ear: Arc::clone(&ear),
            talker,
            pressed,
        };
        let task = Arc::new(AbortOnDrop(tokio::spawn(line.run())));
        Ok(Conversation { ear, keys, says: says.speech, task })
    }
}

fn kind_of(encoding: Encoding) -> CodecKind {
    match encoding {
        Encoding::Pcmu => CodecKind::Pcmu,
        Encoding::Pcma => CodecKind::Pcma,
        Encoding::G722 => CodecKind::G722,
        Encoding::Opus => CodecKind::Opus,
    }
}

/// A phone that talks and listens until the last clone of this is dropped.
#[derive(Clone)]
pub struct Conversation {
    ear: Arc<Mutex<Ear>>,
    keys: mpsc::UnboundedSender<String>,
    says: Speech,
    #[allow(dead_code, reason = "held for its drop, which ends the conversation")]
    task: Arc<AbortOnDrop>,
}

impl Conversation {
    /// What this phone says.
    pub fn says(&self) -> Speech {
        self.says
    }

    /// What it heard so far, in the telephone's band: at 8 kHz.
    pub fn heard(&self) -> Vec<f32> {
        let ear = self.ear.lock().unwrap_or_else(PoisonError::into_inner);
        let mut resampler = Resampler::new(ear.rate(), Rate::Hz8000);
        let whole = ear.heard().len() / ear.rate().tick_samples() * ear.rate().tick_samples();
        let mut heard = vec![0.0; resampler.output_samples(whole)];
        resampler.process(ear.heard().get(..whole).unwrap_or_default(), &mut heard);
        heard
    }

    /// For how long it has heard anything as loud as speech.
    pub fn spoken_to(&self) -> Duration {
        let ear = self.ear.lock().unwrap_or_else(PoisonError::into_inner);
        let tick = ear.rate().tick_samples();
        let is_loud = |tick: &&[f32]| tick.iter().any(|sample| sample.abs() >= LOUD);
        let ticks = ear.heard().chunks_exact(tick).filter(is_loud).count();
        TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
    }

    /// How many packets of sound it received.
    pub fn packets(&self) -> u64 {
        self.ear.lock().unwrap_or_else(PoisonError::into_inner).packets()
    }

    /// Forgets what it heard.
    pub fn forget(&self) {
        self.ear.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Looks for `speech` in what it heard.
    pub fn find(&self, speech: Speech) -> Match {
        correlate::find(&speech.samples(Rate::Hz8000), &self.heard())
    }

    /// Presses keys, one after the other; what is on no key is passed over.
    pub fn press(&self, keys: &str) {
        // The task ends only with this handle.
        let _ = self.keys.send(keys.to_owned());
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the task of a conversation owns.
struct Line {
    socket: UdpSocket,
    remote: SocketAddr,
    payload_type: u8,
    ear: Arc<Mutex<Ear>>,
    talker: Talker,
    pressed: mpsc::UnboundedReceiver<String>,
}

/// Room for any datagram.
const DATAGRAM_BYTES_MAX: usize = 2048;

impl Line {
    async fn run(mut self) {
        let mut clock = time::interval(TICK);
        // A late tick is made up for: the stream's rate is what matters.
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut received = [0; DATAGRAM_BYTES_MAX];
        let mut packet = Vec::new();
        loop {
            tokio::select! {
                _ = clock.tick() => self.send(&mut packet).await,
                Ok((bytes, _)) = self.socket.recv_from(&mut received) => {
                    self.hear(received.get(..bytes).unwrap_or_default());
                }
                Some(keys) = self.pressed.recv() => {
                    if let Err(error) = self.talker.press(&keys) {
                        tracing::warn!(%error, "keys are not pressed");
                    }
                }
            }
        }
    }

    async fn send(&mut self, packet: &mut Vec<u8>) {
        match self.talker.tick(packet) {
            Ok(()) => {
                // Nobody may be there any more, which the signalling will tell.
                let _ = self.socket.send_to(packet, self.remote).await;
            }
            Err(error) => tracing::warn!(%error, "a phone can't encode"),
        }
    }

    fn hear(&self, datagram: &[u8]) {
        let Ok(packet) = Packet::parse(datagram) else { return };
        if packet.payload_type() == self.payload_type {
            let mut ear = self.ear.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = ear.hear(&packet) {
                tracing::debug!(%error, "a phone can't decode");
            }
        }
    }
}
