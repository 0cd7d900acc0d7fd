//! What runs and ramps have in common: what is loaded, and with what.

use std::time::Duration;

use clap::{Args, ValueEnum};
use sip::Credentials;

use crate::crowd::Order;
use crate::destination::Reach;
use crate::plan::{Codec, Kind, Others, Plan, PlanError, Request};
use crate::run::RunSettings;
use crate::signalling::sip::SipTarget;
use crate::target::{SipRooms, Target};

/// What is loaded, and with what.
#[derive(Debug, Clone, Args)]
pub(super) struct LoadArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Rooms
    #[arg(long, default_value_t = 1)]
    pub(super) rooms: usize,
    /// Legs of each room
    #[arg(long, default_value_t = 20)]
    pub(super) legs: usize,
    /// How many of each room's legs talk
    #[arg(long, default_value_t = 3)]
    talkers: usize,
    /// What the others do: the noise of a quiet room, digital silence, or next to no packets
    #[arg(long, value_enum, default_value_t = OthersArg::Noise)]
    others: OthersArg,
    /// The codec of all legs; browsers speak Opus
    #[arg(long, value_enum)]
    codec: Option<CodecArg>,
    /// Calls placed a second
    #[arg(long, value_name = "CALLS", default_value_t = 20.0, value_parser = rate)]
    rate: f64,
    /// Legs whose sound is recorded and listened to
    #[arg(long, default_value_t = 32)]
    ears: usize,
    /// The order in which legs come: room by room, or to all rooms at once
    #[arg(long, value_enum, default_value_t = FillArg::Rooms)]
    fill: FillArg,
    /// The server's process, to watch its processor time and memory
    #[arg(long)]
    pid: Option<u32>,
    /// The core of the thread that carries the sound
    #[arg(long)]
    core: Option<usize>,
    /// Do not ask for real-time scheduling
    #[arg(long)]
    no_realtime: bool,
    /// Let the load leave this machine: only towards servers that are yours
    #[arg(long)]
    remote: bool,
}

/// What is loaded.
#[derive(Debug, Clone, Args)]
struct TargetArgs {
    /// The room to call by SIP, such as sip:1000@127.0.0.1:5060. With several rooms {room} stands for a room's number.
    /// With --api only the host counts
    #[arg(long, value_name = "URI")]
    sip: Option<SipTarget>,
    /// The number of the first room, for {room}
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    first_room: u64,
    /// The user name that a SIP server's challenge is answered with
    #[arg(long, value_name = "NAME", requires = "sip_password")]
    sip_user: Option<String>,
    /// The password that goes with it
    #[arg(long, value_name = "PASSWORD", env = "CONFAB_LOAD_SIP_PASSWORD", hide_env_values = true)]
    sip_password: Option<String>,
    /// The WHIP endpoint that browsers join at, such as http://127.0.0.1:8080/api/v1/conferences/KEY/whip
    #[arg(long, value_name = "URL", conflicts_with_all = ["sip", "api"])]
    whip: Option<String>,
    /// A Confab, whose API is to make a conference for each room, such as http://127.0.0.1:8080
    #[arg(long, value_name = "URL", requires = "token")]
    api: Option<String>,
    /// The API's token
    #[arg(long, env = "CONFAB_LOAD_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Come as browsers to the conferences that the API makes
    #[arg(long, requires = "api", conflicts_with = "sip")]
    browser: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OthersArg {
    Noise,
    Muted,
    Dtx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CodecArg {
    Pcmu,
    Pcma,
    G722,
    Opus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FillArg {
    Rooms,
    Seats,
}

/// Nothing says what is to be loaded.
#[derive(Debug, thiserror::Error)]
#[error("say what is to be loaded: --sip URI, --whip URL, or --api URL with --token")]
pub(super) struct NoTarget;

/// The most calls a second that are placed.
const RATE_MAX: f64 = 2_000.0;

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let fits = rate > 0.0 && rate <= RATE_MAX;
    fits.then_some(rate).ok_or_else(|| format!("allowed is more than 0 and up to {RATE_MAX}"))
}

/// Reads seconds, such as 10 or 2.5.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.trim_end_matches('s').parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl From<CodecArg> for Codec {
    fn from(codec: CodecArg) -> Self {
        match codec {
            CodecArg::Pcmu => Self::Pcmu,
            CodecArg::Pcma => Self::Pcma,
            CodecArg::G722 => Self::G722,
            CodecArg::Opus => Self::Opus,
        }
    }
}

impl LoadArgs {
    /// The run that is meant, each measurement of which lasts so long.
    pub(super) fn settings(
        &self,
        duration: Duration,
        warm_up: Duration,
    ) -> Result<RunSettings, Box<dyn std::error::Error>> {
        Ok(RunSettings {
            plan: self.plan(duration, warm_up)?,
            order: match self.fill {
                FillArg::Rooms => Order::Rooms,
                FillArg::Seats => Order::Seats,
            },
            target: self.target.target()?,
            rate_per_s: self.rate,
            reach: Reach::new(self.remote),
            pid: self.pid,
            core: self.core,
            realtime: !self.no_realtime,
        })
    }

    fn plan(&self, duration: Duration, warm_up: Duration) -> Result<Plan, PlanError> {
        let is_browser = self.target.whip.is_some() || self.target.browser;
        let kind = if is_browser { Kind::Browser } else { Kind::Sip };
        let usual = if is_browser { Codec::Opus } else { Codec::Pcmu };
        Plan::new(Request {
            rooms: self.rooms,
            legs_per_room: self.legs,
            talkers: self.talkers,
            others: match self.others {
                OthersArg::Noise => Others::Noise,
                OthersArg::Muted => Others::Muted,
                OthersArg::Dtx => Others::Dtx,
            },
            codec: self.codec.map_or(usual, Codec::from),
            kind,
            duration,
            warm_up,
            ears: self.ears,
        })
    }
}

impl TargetArgs {
    fn target(&self) -> Result<Target, NoTarget> {
        let first_room = self.first_room;
        match (&self.api, &self.whip, &self.sip) {
            (Some(url), None, sip) => Ok(Target::Api {
                url: url.clone(),
                token: self.token.clone().unwrap_or_default(),
                sip: sip.clone(),
            }),
            (None, Some(url), None) => Ok(Target::Whip { url: url.clone(), first_room }),
            (None, None, Some(target)) => Ok(Target::Sip(SipRooms {
                target: target.clone(),
                first_room,
                credentials: self.credentials(),
            })),
            _ => Err(NoTarget),
        }
    }

    fn credentials(&self) -> Option<Credentials> {
        let (username, password) = (self.sip_user.clone()?, self.sip_password.clone()?);
        Some(Credentials { username, password, realm: None })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        load: LoadArgs,
    }

    fn settings(typed: &[&str]) -> Result<RunSettings, String> {
        let typed = Typed::try_parse_from([&["load"], typed].concat());
        let load = typed.map_err(|error| error.to_string())?.load;
        let second = Duration::from_secs(1);
        load.settings(second, second).map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_typed_becomes_what_is_meant() {
        let sip = settings(&["--sip", "sip:{room}@127.0.0.1", "--rooms", "3", "--codec", "g722"]);
        let sip = sip.unwrap();
        assert!(matches!(&sip.target, Target::Sip(rooms) if rooms.first_room == 1000));
        assert_eq!((sip.plan.legs(), sip.plan.request().codec), (60, Codec::G722));
        assert_eq!((sip.reach, sip.realtime), (Reach::Loopback, true));
        let browsers = settings(&["--whip", "http://127.0.0.1/whip", "--remote"]).unwrap();
        assert_eq!(browsers.plan.request().kind, Kind::Browser);
        assert_eq!(browsers.plan.request().codec, Codec::Opus);
        assert_eq!(browsers.reach, Reach::Remote);
        let api = ["--api", "http://127.0.0.1", "--token", "secret"];
        let by_sip = settings(&[&api[..], &["--sip", "sip:127.0.0.1"]].concat()).unwrap();
        assert_eq!(by_sip.plan.request().kind, Kind::Sip);
        let by_browser = settings(&[&api[..], &["--browser"]].concat()).unwrap();
        assert_eq!(by_browser.plan.request().kind, Kind::Browser);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_does() {
        assert!(settings(&[]).unwrap_err().contains("--whip URL"));
        assert!(settings(&["--sip", "1000@host"]).unwrap_err().contains("sip:1000@"));
        assert!(settings(&["--api", "http://127.0.0.1"]).is_err());
        assert!(settings(&["--sip", "sip:1@h", "--rate", "0"]).unwrap_err().contains("up to 2000"));
        let pcmu = settings(&["--whip", "http://h/", "--codec", "pcmu"]).unwrap_err();
        assert!(pcmu.contains("Opus"), "{pcmu}");
    }

    #[test]
    fn seconds_may_have_a_fraction_and_a_unit() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2_500)));
        assert_eq!(seconds("10s"), Ok(Duration::from_secs(10)));
        assert!(seconds("-1").is_err() && seconds("soon").is_err());
    }
}
