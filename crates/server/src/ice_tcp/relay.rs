//! One connection: frames of a browser on one side, datagrams of its worker on the other.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, Interest, Ready};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, sleep_until, timeout};
use webrtc::stun::{Class, Message};

use super::Limits;
use super::backlog::Backlog;
use super::framing::{DATAGRAM_BYTES_MAX, Deframer, TooLong};
use super::tally::Tally;
use super::workers::{Misled, Workers, connect};

/// Datagrams of the worker that are taken before the browser's turn comes.
const DATAGRAMS_PER_TURN_MAX: usize = 32;

/// Why a connection is over.
#[derive(Debug)]
pub(super) enum Ending {
    /// The browser closed it.
    Closed,
    /// The network failed, or a socket could not be had.
    Broken,
    /// The first frame did not come in time.
    NoFirstFrame,
    /// The first frame leads to no worker.
    Misled(Misled),
    /// A frame was longer than a datagram can be.
    FrameTooLong,
    /// The worker accepted none of the checks.
    Unanswered,
    /// The worker has nothing more to say: the browser has left, or can't be heard any more.
    Silent,
}

impl Ending {
    /// Its name among the reasons for which connections are cut, if it is one.
    pub(super) fn reason(&self) -> Option<&'static str> {
        match self {
            Ending::Closed => None,
            Ending::Broken => Some("broken"),
            Ending::NoFirstFrame => Some("no_first_frame"),
            Ending::Misled(Misled::NotACheck) => Some("not_a_check"),
            Ending::Misled(Misled::UnknownWorker) => Some("unknown_worker"),
            Ending::FrameTooLong => Some("frame_too_long"),
            Ending::Unanswered => Some("unanswered"),
            Ending::Silent => Some("silent"),
        }
    }
}

impl From<io::Error> for Ending {
    fn from(_: io::Error) -> Ending {
        Ending::Broken
    }
}

impl From<TooLong> for Ending {
    fn from(_: TooLong) -> Ending {
        Ending::FrameTooLong
    }
}

/// Serves a connection to its end.
pub(super) async fn run(
    stream: TcpStream,
    workers: Arc<Workers>,
    limits: Limits,
    tally: Arc<Tally>,
) -> Ending {
    let opening = Relay::open(stream, &workers, tally);
    match timeout(limits.first_frame_time_max, opening).await {
        Ok(Ok(relay)) => {
            let Err(ending) = relay.carry(limits).await;
            ending
        }
        Ok(Err(ending)) => ending,
        Err(_) => Ending::NoFirstFrame,
    }
}

struct Relay {
    stream: TcpStream,
    worker: UdpSocket,
    /// From the browser.
    deframer: Deframer,
    /// To the browser.
    backlog: Backlog,
    tally: Arc<Tally>,
}

impl Relay {
    /// Waits for the first frame, and passes it on to the worker that it names.
    async fn open(
        mut stream: TcpStream,
        workers: &Workers,
        tally: Arc<Tally>,
    ) -> Result<Relay, Ending> {
        // Sound must not wait for more to come.
        stream.set_nodelay(true)?;
        let mut deframer = Deframer::new();
        loop {
            if let Some(check) = deframer.next()? {
                let worker = connect(workers.of_check(check).map_err(Ending::Misled)?).await?;
                worker.send(check).await?;
                tally.received();
                let backlog = Backlog::default();
                return Ok(Relay { stream, worker, deframer, backlog, tally });
            }
            match stream.read(deframer.space()).await? {
                0 => return Err(Ending::Closed),
                bytes => deframer.fill(bytes),
            }
        }
    }

    /// Passes on what comes from either side until there is a reason to end.
    async fn carry(mut self, limits: Limits) -> Result<Infallible, Ending> {
        let mut is_answered = false;
        let mut deadline = pin!(sleep_until(Instant::now() + limits.answer_time_max));
        loop {
            tokio::select! {
                ready = self.stream.ready(self.interest()) => self.serve_browser(ready?).await?,
                ready = self.worker.readable() => {
                    ready?;
                    if self.take_datagrams()? {
                        is_answered = true;
                        deadline.as_mut().reset(Instant::now() + limits.silence_time_max);
                    }
                }
                () = &mut deadline => {
                    return Err(if is_answered { Ending::Silent } else { Ending::Unanswered });
                }
            }
        }
    }

    fn interest(&self) -> Interest {
        match self.backlog.unwritten() {
            Some(_) => Interest::READABLE | Interest::WRITABLE,
            None => Interest::READABLE,
        }
    }

    async fn serve_browser(&mut self, ready: Ready) -> Result<(), Ending> {
        if ready.is_writable() {
            self.write_frames()?;
        }
        if ready.is_readable() {
            self.read_frames().await?;
        }
        Ok(())
    }

    /// Reads once. No more is read before all of it is passed on, so that a browser which sends too fast waits in
    /// its own network.
    async fn read_frames(&mut self) -> Result<(), Ending> {
        match self.stream.try_read(self.deframer.space()) {
            Ok(0) => return Err(Ending::Closed),
            Ok(bytes) => self.deframer.fill(bytes),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        while let Some(datagram) = self.deframer.next()? {
            self.worker.send(datagram).await?;
            self.tally.received();
        }
        Ok(())
    }

    /// Writes as much as the network takes.
    fn write_frames(&mut self) -> Result<(), Ending> {
        while let Some(bytes) = self.backlog.unwritten() {
            match self.stream.try_write(bytes) {
                Ok(written) => {
                    if self.backlog.advance(written) {
                        self.tally.sent();
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Takes what the worker sent. True when that is a sign of life: anything but the refusal of a check, which
    /// strangers get, too.
    fn take_datagrams(&mut self) -> Result<bool, Ending> {
        // One byte more shows what is too long.
        let mut buffer = [0; DATAGRAM_BYTES_MAX + 1];
        let mut is_alive = false;
        for _ in 0..DATAGRAMS_PER_TURN_MAX {
            let datagram = match self.worker.try_recv(&mut buffer) {
                Ok(length) => &buffer[..length],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            };
            is_alive |= !is_refusal(datagram);
            if self.backlog.is_full() {
                // After a pause of ours there is more at once, though the network may be quick.
                self.write_frames()?;
            }
            self.tally.dropped(self.backlog.push(datagram));
        }
        Ok(is_alive)
    }
}

fn is_refusal(datagram: &[u8]) -> bool {
    Message::parse(datagram).is_ok_and(|message| message.class() == Class::Error)
}
