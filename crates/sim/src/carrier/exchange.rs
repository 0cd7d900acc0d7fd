//! The side of the carrier that is called.

use std::collections::HashMap;
use std::future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ipnet::IpNet;
use sdp::{Session, SessionDescription};
use sip::{CallId, Endpoint, HangUp, HostPort, Rejection, Settings, SipEvent, SipHandle, Trunk};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::behaviour::{Answers, Behaviour};
use crate::phone::{Conversation, Phone, PhoneError};

/// A carrier that takes calls to any number and answers them with phones.
pub struct Carrier {
    handle: SipHandle,
    address: SocketAddr,
    parties: Parties,
    task: JoinHandle<()>,
}

/// Who is talking, by the number's digits.
type Parties = Arc<Mutex<HashMap<String, Conversation>>>;

impl Carrier {
    /// Opens a carrier on a free port of `ip`; everybody may call it.
    ///
    /// # Errors
    /// There is no socket to be had.
    pub async fn open(ip: IpAddr) -> Result<Self, PhoneError> {
        let mut everybody = Trunk::new("everybody", HostPort::from(SocketAddr::new(ip, 0)));
        everybody.inbound.sources = [IpNet::default(), IpNet::V6(ipnet::Ipv6Net::default())].into();
        let mut settings = Settings::udp(SocketAddr::new(ip, 0));
        settings.user_agent = "Simulated carrier".to_owned();
        settings.trunks = vec![everybody];
        let (handle, events) = Endpoint::bind(settings).await?;
        let address = handle.local_udp_addr().ok_or(sip::SipError::NoAddress)?;
        let parties = Parties::default();
        let exchange = Exchange {
            handle: handle.clone(),
            ip,
            calls: HashMap::new(),
            parties: Arc::clone(&parties),
        };
        Ok(Self { handle, address, parties, task: tokio::spawn(exchange.run(events)) })
    }

    /// Where it takes calls.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The phone at `number`, in any form, while it talks.
    pub fn party(&self, number: &str) -> Option<Conversation> {
        lock(&self.parties).get(&digits(number)).cloned()
    }

    /// Hangs up whoever talks, and closes.
    pub async fn close(self) {
        self.handle.shutdown().await;
        self.task.abort();
    }
}

/// The speech that a person hears before pressing a key: a word or two.
const SPOKEN_TO_MIN: Duration = Duration::from_millis(400);

/// How often a phone that waits to be spoken to listens.
const LISTEN_EVERY: Duration = Duration::from_millis(100);

/// How long a person waits to be spoken to.
const ATTENTION: Duration = Duration::from_secs(20);

/// What is offered can't be used (RFC 3261 section 21.4.26).
const NOT_ACCEPTABLE_HERE: u16 = 488;

/// The digits of a number: how it is written makes no difference.
fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

fn lock(parties: &Parties) -> std::sync::MutexGuard<'_, HashMap<String, Conversation>> {
    parties.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the carrier's task owns.
struct Exchange {
    handle: SipHandle,
    ip: IpAddr,
    calls: HashMap<CallId, Call>,
    parties: Parties,
}

/// A phone's session, once it has answered.
type Agreed = Arc<Mutex<Option<Session>>>;

/// A call to some number.
struct Call {
    number: String,
    /// The phone's life from ringing to talking; ends when this is dropped.
    phone: JoinHandle<()>,
    /// What was agreed, once the phone has answered.
    session: Agreed,
}

impl Exchange {
    async fn run(mut self, mut events: mpsc::Receiver<SipEvent>) {
        while let Some(event) = events.recv().await {
            match event {
                SipEvent::Incoming { call, to_user, offer, .. } => self.take(call, &to_user, offer),
                SipEvent::Offer { call, sdp } => self.change(call, sdp),
                SipEvent::Ended { call, .. } => self.end(call),
                _ => {}
            }
        }
    }

    fn take(&mut self, call: CallId, number: &str, offer: Option<Bytes>) {
        let behaviour = Behaviour::of(number);
        tracing::debug!(%call, %behaviour, "called");
        let number = digits(number);
        let session = Agreed::default();
        let ring = self.handle.ring(call);
        let taken = match (behaviour, offer) {
            (Behaviour::Refuses(status), _) => self.handle.reject(call, Rejection::status(status)),
            (Behaviour::RingsOn, _) | (Behaviour::Answers(_), None) => ring,
            (Behaviour::Answers(answers), Some(offer)) => {
                let party = Party {
                    handle: self.handle.clone(),
                    call,
                    ip: self.ip,
                    number: number.clone(),
                    answers,
                    parties: Arc::clone(&self.parties),
                    session: Arc::clone(&session),
                };
                let handle = self.handle.clone();
                let phone = tokio::spawn(async move {
                    if let Err(error) = party.live(&offer).await {
                        tracing::warn!(%error, "a simulated phone failed");
                        let _ = handle.reject(call, Rejection::status(NOT_ACCEPTABLE_HERE));
                    }
                });
                self.calls.insert(call, Call { number, phone, session });
                ring
            }
        };
        if let Err(error) = taken {
            tracing::warn!(%error, "a call to the simulated carrier is lost");
        }
    }

    /// A re-INVITE: the phone stays where it is and agrees to what is offered.
    fn change(&mut self, call: CallId, offer: Option<Bytes>) {
        let agreed = self.calls.get(&call).zip(offer).and_then(|(call, offer)| {
            let offer = SessionDescription::parse(&offer).ok()?;
            let mut session = call.session.lock().unwrap_or_else(PoisonError::into_inner);
            session.as_mut()?.answer(&offer).ok()
        });
        let done = match agreed {
            Some((answer, _)) => self.handle.accept_offer(call, answer.to_string().into()),
            None => self.handle.refuse_offer(call, NOT_ACCEPTABLE_HERE),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a change of a call is lost");
        }
    }

    fn end(&mut self, call: CallId) {
        if let Some(call) = self.calls.remove(&call) {
            call.phone.abort();
            lock(&self.parties).remove(&call.number);
        }
    }
}

/// A phone that answers.
struct Party {
    handle: SipHandle,
    call: CallId,
    ip: IpAddr,
    number: String,
    answers: Answers,
    parties: Parties,
    session: Agreed,
}

impl Party {
    /// Rings, answers, talks, and does what its number says it does.
    async fn live(self, offer: &[u8]) -> Result<(), PhoneError> {
        sleep(self.answers.after).await;
        let phone = Phone::open(self.ip).await?;
        let mut session = phone.session(&[self.answers.codec]);
        let (answer, negotiated) = session.answer(&SessionDescription::parse(offer)?)?;
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
        self.handle.answer(self.call, answer.to_string().into())?;
        let conversation = phone.talk(&negotiated, self.answers.says)?;
        lock(&self.parties).insert(self.number.clone(), conversation.clone());
        tokio::join!(self.confirm(&conversation), self.mute(&conversation), self.hang_up());
        Ok(())
    }

    /// Presses 1 once it has been spoken to for a moment.
    async fn confirm(&self, conversation: &Conversation) {
        let listen = async {
            while conversation.spoken_to() < SPOKEN_TO_MIN {
                sleep(LISTEN_EVERY).await;
            }
            conversation.press("1");
        };
        if self.answers.confirms {
            // Who hears nothing for so long isn't asked anything.
            let _ = timeout(ATTENTION, listen).await;
        }
    }

    async fn mute(&self, conversation: &Conversation) {
        after(self.answers.mutes_after).await;
        conversation.press("*6");
    }

    async fn hang_up(&self) {
        after(self.answers.hangs_up_after).await;
        // Fails only when the carrier closes, which ends the call too.
        let _ = self.handle.hang_up(self.call, HangUp::Normal);
    }
}

/// Waits for some time, or for ever.
async fn after(time: Option<Duration>) {
    match time {
        Some(time) => sleep(time).await,
        None => future::pending().await,
    }
}
