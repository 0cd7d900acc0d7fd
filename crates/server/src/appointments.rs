//! Calls everyone who has left a number, at their conference's set time.

use std::time::Duration;

use conference::{CallSecret, CallState, ClientAddress, Ending, Proof, RefusalKind};
use jiff::Timestamp;
use store::{DueAppointment, Store, StoreError};
use tokio::sync::watch;

use crate::clock;
use crate::switchboard::{CallAction, Handle, PlaceError, Placement, Stopped};

/// How long is waited after each call that is placed: a trunk takes some calls a second, and no more.
const PACE: Duration = Duration::from_millis(250);

/// How often it is looked how those fare who are being called.
const FOLLOW: Duration = Duration::from_millis(500);

/// How often it is looked whether somebody is to be called.
const LOOK: Duration = Duration::from_secs(1);

/// How long is waited for lines that are busy, for a server that is, or for a database that failed.
const AGAIN: Duration = Duration::from_secs(5);

/// After this whoever was being called may be called anew: longer than a phone rings and stands at doors before anything
/// is noted of it.
const CLAIM: Duration = Duration::from_secs(5 * 60);

/// So long after the set time nobody is called any more.
const LATE_MAX: Duration = Duration::from_secs(15 * 60);

/// How often whose line is busy is called.
const BUSY_TRIES: u32 = 2;

/// The task that calls.
pub(crate) struct Caller {
    pub(crate) store: Store,
    pub(crate) switchboard: Handle,
    /// How long is waited for a line that is busy.
    pub(crate) busy_wait: Duration,
}

/// Somebody who is being called.
struct Placed {
    appointment: DueAppointment,
    call: CallSecret,
}

impl Caller {
    /// Calls whoever is to be called, until `stopping` is true.
    pub(crate) async fn run(self, mut stopping: watch::Receiver<bool>) {
        let mut placed = Vec::new();
        loop {
            let wait = match self.turn(&mut placed).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "who is to be called can't be read");
                    AGAIN
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }

    /// Calls one at most, and gives how long to wait for the next.
    async fn turn(&self, placed: &mut Vec<Placed>) -> Result<Duration, StoreError> {
        self.follow(placed).await?;
        match self.store.due_appointments(clock::now(), 1).await?.pop() {
            Some(due) => {
                placed.extend(self.call(due).await?);
                Ok(PACE)
            }
            None if placed.is_empty() => Ok(LOOK),
            None => Ok(FOLLOW),
        }
    }

    async fn call(&self, due: DueAppointment) -> Result<Option<Placed>, StoreError> {
        let now = clock::now();
        let claimed = self.store.claim_appointment(due, after(now, CLAIM)).await?;
        let Some(appointment) = claimed else { return Ok(None) };
        if now > after(appointment.starts_at, LATE_MAX) {
            self.store.settle_appointment(&appointment, "too_late").await?;
            return Ok(None);
        }
        let conference = self.store.conference_by_key(appointment.conference).await?;
        let Some(conference) = conference else {
            self.store.settle_appointment(&appointment, "cancelled").await?;
            return Ok(None);
        };
        let placement = Placement {
            conference,
            number: appointment.number.clone(),
            name: appointment.name.clone(),
            browser: None,
            client: ClientAddress::from(appointment.client),
            // Whoever left the number has shown the PIN, if there is one.
            proof: Proof { is_host: appointment.is_host, is_there: true, pin: None },
        };
        match self.switchboard.place_call(placement).await {
            Ok(call) => {
                let (conference, tries) = (appointment.conference, appointment.tries);
                tracing::info!(?conference, tries, "somebody is called at the set time");
                return Ok(Some(Placed { appointment, call: call.id }));
            }
            Err(error) if may_pass(&error) => {
                let (until, tries) = (after(now, AGAIN), appointment.tries - 1);
                self.store.put_off_appointment(&appointment, until, tries).await?;
            }
            Err(error) => {
                let why = match &error {
                    PlaceError::Refused(refusal) => refusal.code(),
                    PlaceError::NoTrunk | PlaceError::Stopped(_) => "trunk_failed",
                };
                self.store.settle_appointment(&appointment, why).await?;
            }
        }
        Ok(None)
    }

    /// Sees how those fare who are being called, and notes what became of them. Whoever it can't be noted of is looked
    /// after again at the next turn.
    async fn follow(&self, placed: &mut Vec<Placed>) -> Result<(), StoreError> {
        let mut rest = std::mem::take(placed).into_iter();
        while let Some(one) = rest.next() {
            match self.note(&one).await {
                Ok(true) => {}
                Ok(false) => placed.push(one),
                Err(error) => {
                    placed.push(one);
                    placed.extend(rest);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Notes what became of one who is being called, and says whether anything has.
    async fn note(&self, one: &Placed) -> Result<bool, StoreError> {
        let (appointment, action) = (&one.appointment, CallAction::Read);
        let state =
            match self.switchboard.act_on_call(appointment.conference, one.call, action).await {
                Ok(call) => call.map(|call| call.state),
                // It is noted as being called, and so is called again by the server that comes after.
                Err(Stopped) => return Ok(false),
            };
        let outcome = match state {
            Some(CallState::Ended(Ending::Busy)) if appointment.tries < BUSY_TRIES => {
                let until = after(clock::now(), self.busy_wait);
                let tries = appointment.tries;
                self.store.put_off_appointment(appointment, until, tries).await?;
                return Ok(true);
            }
            Some(CallState::Ended(ending)) => ending.as_str(),
            Some(CallState::InConference) => "in",
            // It ended so long ago that nobody knows how.
            None => "left",
            Some(_) => return Ok(false),
        };
        self.store.settle_appointment(appointment, outcome).await?;
        Ok(true)
    }
}

/// Whether a call may be placed a moment later.
fn may_pass(error: &PlaceError) -> bool {
    match error {
        PlaceError::Refused(refusal) => matches!(
            refusal.kind(),
            RefusalKind::NotYet | RefusalKind::TooMany | RefusalKind::NoRoom
        ),
        PlaceError::Stopped(_) => true,
        PlaceError::NoTrunk => false,
    }
}

fn after(time: Timestamp, wait: Duration) -> Timestamp {
    time.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
