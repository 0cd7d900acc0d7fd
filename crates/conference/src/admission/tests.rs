use std::time::Duration;

use super::*;
use crate::access::Access;
use crate::country::Country;
use crate::ids::{DialInCode, SubscriberId};
use crate::schedule::{Schedule, Zone};

const NOBODY: Load = Load {
    conferences_active: 0,
    participants: 0,
    being_placed: 0,
    outbound_calls: 0,
    browsers: 0,
    is_overloaded: false,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn conference(key: u8) -> Conference {
    Conference {
        key: ConferenceKey::from_random([key; 16]),
        subscriber: SubscriberId::new(1),
        title: "Planning".parse().unwrap(),
        schedule: None,
        dial_in_code: DialInCode::from_random([key; 8]),
        dial_in_number: None,
        access: Access::default(),
        placement: None,
        created_at: at(0),
        ended_at: None,
    }
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, Country::DEFAULT).unwrap()
}

fn client(last: u8) -> ClientAddress {
    IpAddr::from([192, 0, 2, last]).into()
}

/// Asks for a call to a French number.
fn place(
    admission: &mut Admission,
    now: Timestamp,
    conference: &Conference,
    client: ClientAddress,
    here: Load,
    everywhere: Load,
) -> Result<(), Refusal> {
    let number = number("06 12 34 56 78");
    let request = CallRequest {
        conference,
        number: &number,
        client,
        is_called: false,
        standing: Standing::default(),
    };
    admission.place_call(now, request, here, everywhere).map(|Permit(())| ())
}

fn place_alone(admission: &mut Admission, conference: &Conference) -> Result<(), Refusal> {
    place(admission, at(0), conference, client(1), NOBODY, NOBODY)
}

#[test]
fn before_the_set_time_less_the_lead_nobody_is_let_in() {
    let schedule = Schedule::new(at(3600), Zone::parse("Europe/Paris").unwrap());
    let conference = Conference { schedule: Some(schedule), ..conference(1) };
    let mut admission = Admission::new(Policy::default());

    let refusal = place_alone(&mut admission, &conference).unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::NotYet);
    assert_eq!(refusal.retry_after(at(0)), Some(Duration::from_secs(3000)));
    assert_eq!(
        refusal.to_string(),
        "This conference starts on Friday 15 January 2027, 10:00 (Europe/Paris)."
    );
    assert!(admission.let_in(at(2999), &conference, Standing::default(), NOBODY, NOBODY).is_err());
    assert!(admission.let_in(at(3000), &conference, Standing::default(), NOBODY, NOBODY).is_ok());
    assert!(place(&mut admission, at(3000), &conference, client(1), NOBODY, NOBODY).is_ok());
}

#[test]
fn an_ended_conference_lets_nobody_in() {
    let conference = Conference { ended_at: Some(at(0)), ..conference(1) };
    let mut admission = Admission::new(Policy::default());
    assert_eq!(place_alone(&mut admission, &conference), Err(Refusal::Ended));
    let entry = admission.let_in(at(1), &conference, Standing::default(), NOBODY, NOBODY);
    assert_eq!(entry.unwrap_err(), Refusal::Ended);
}

#[test]
fn only_allowed_numbers_are_called() {
    let (mut admission, conference) = (Admission::new(Policy::default()), conference(1));
    let number = number("+44 20 7946 0958");
    let client = client(1);
    let request = CallRequest {
        conference: &conference,
        number: &number,
        client,
        is_called: false,
        standing: Standing::default(),
    };
    let refusal = admission.place_call(at(0), request, NOBODY, NOBODY).unwrap_err();
    assert_eq!(refusal, Refusal::NumberNotAllowed);
    assert_eq!(refusal.kind(), RefusalKind::Forbidden);
    assert_eq!(refusal.retry_after(at(0)), None);
}

#[test]
fn a_full_conference_takes_nobody_either_way() {
    let policy = Policy { participants_per_conference_max: 2, ..Policy::default() };
    let (mut admission, conference) = (Admission::new(policy), conference(1));
    let one = Load { conferences_active: 1, participants: 1, ..NOBODY };
    let two = Load { participants: 2, ..one };
    assert!(place(&mut admission, at(0), &conference, client(1), one, one).is_ok());
    let refused = place(&mut admission, at(0), &conference, client(1), two, two);
    assert_eq!(refused, Err(Refusal::ConferenceFull { max: 2 }));
    let entry = admission.let_in(at(0), &conference, Standing::default(), two, two);
    assert_eq!(entry.unwrap_err(), Refusal::ConferenceFull { max: 2 });
}

#[test]
fn calls_at_once_are_limited_per_conference_and_for_the_server() {
    let policy =
        Policy { calls_at_once_per_conference_max: 2, outbound_calls_max: 5, ..Policy::default() };
    let (mut admission, conference) = (Admission::new(policy), conference(1));
    let ringing = Load {
        conferences_active: 1,
        participants: 2,
        being_placed: 2,
        outbound_calls: 2,
        ..NOBODY
    };
    let refused = place(&mut admission, at(0), &conference, client(1), ringing, ringing);
    assert_eq!(refused, Err(Refusal::TooManyCallsAtOnce));
    let answered = Load { being_placed: 1, ..ringing };
    assert!(place(&mut admission, at(0), &conference, client(1), answered, answered).is_ok());
    let everywhere = Load { outbound_calls: 5, ..ringing };
    let refused = place(&mut admission, at(0), &conference, client(1), answered, everywhere);
    assert_eq!(refused, Err(Refusal::LinesBusy));
    assert!(
        admission.let_in(at(0), &conference, Standing::default(), answered, everywhere).is_ok(),
        "no line of ours"
    );
}

#[test]
fn an_overloaded_server_takes_nobody_but_who_comes_again() {
    let (mut admission, conference) = (Admission::new(Policy::default()), conference(1));
    let here = Load { conferences_active: 1, participants: 1, browsers: 1, ..NOBODY };
    let everywhere = Load { is_overloaded: true, ..here };
    let refused = place(&mut admission, at(0), &conference, client(1), here, everywhere);
    assert_eq!(refused, Err(Refusal::Overloaded));
    let entry = admission.let_in(at(0), &conference, Standing::default(), here, everywhere);
    assert_eq!(entry.unwrap_err(), Refusal::Overloaded);
    let mut browser = |replaces| {
        let request = BrowserRequest {
            conference: &conference,
            client: client(1),
            replaces,
            standing: Standing::default(),
        };
        admission.let_browser_in(at(0), request, here, everywhere).map(drop)
    };
    let refusal = browser(false).unwrap_err();
    assert_eq!((refusal.code(), refusal.kind()), ("server_full", RefusalKind::NoRoom));
    assert_eq!(refusal.retry_after(at(0)), Some(Refusal::RETRY_AFTER_OVERLOAD));
    assert_eq!(browser(true), Ok(()));
}

#[test]
fn a_conference_becomes_active_only_while_there_is_room_for_one() {
    let policy = Policy { conferences_active_max: 3, ..Policy::default() };
    let (admission, conference) = (Admission::new(policy), conference(1));
    let full = Load { conferences_active: 3, participants: 9, ..NOBODY };
    let entry = admission.let_in(at(0), &conference, Standing::default(), NOBODY, full);
    assert_eq!(entry.unwrap_err(), Refusal::TooManyConferences);
    let active = Load { conferences_active: 1, participants: 3, ..NOBODY };
    assert!(
        admission.let_in(at(0), &conference, Standing::default(), active, full).is_ok(),
        "it is one of the three"
    );
}

#[test]
fn calls_per_hour_are_limited_by_client_and_by_conference() {
    let policy = Policy {
        calls_per_client_hour_max: 2,
        calls_per_conference_hour_max: 3,
        ..Policy::default()
    };
    let (mut admission, first, second) = (Admission::new(policy), conference(1), conference(2));
    let mut ask = |now, conference, last| {
        place(&mut admission, at(now), conference, client(last), NOBODY, NOBODY)
    };
    assert_eq!(ask(0, &first, 1), Ok(()));
    assert_eq!(ask(60, &second, 1), Ok(()));
    let retry_after = Duration::from_secs(3480);
    assert_eq!(ask(120, &first, 1), Err(Refusal::ClientRate { retry_after }));
    assert_eq!(ask(120, &first, 2), Ok(()));
    assert_eq!(ask(180, &first, 2), Ok(()));
    let retry_after = Duration::from_secs(3400);
    assert_eq!(ask(200, &first, 3), Err(Refusal::ConferenceRate { retry_after }));
    assert_eq!(ask(200, &second, 3), Ok(()), "what was refused has not been counted");
    assert_eq!(ask(200, &second, 3), Ok(()));
    assert_eq!(ask(3600, &first, 1), Ok(()));
}

#[test]
fn a_client_has_one_address_or_a_whole_network() {
    let client = |text: &str| ClientAddress::from(text.parse::<IpAddr>().unwrap());
    assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
    assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    assert_eq!(client("2001:db8:0:1::1"), client("2001:db8:0:1:ffff::2"));
    assert_ne!(client("2001:db8:0:1::1"), client("2001:db8:0:2::1"));
}

#[test]
fn loads_add_up() {
    let load = |n: usize| Load {
        conferences_active: n,
        participants: 6 * n,
        being_placed: n,
        outbound_calls: 3 * n,
        browsers: 2 * n,
        is_overloaded: n > 1,
    };
    let overloaded = Load { is_overloaded: true, ..load(1) };
    assert_eq!([overloaded, NOBODY, load(1)].into_iter().sum::<Load>(), load(2));
}

/// Asks to join by browser.
fn join(
    admission: &mut Admission,
    now: i64,
    request: BrowserRequest<'_>,
    here: Load,
) -> Result<(), Refusal> {
    admission.let_browser_in(at(now), request, here, here).map(|Permit(())| ())
}

fn browser(conference: &Conference, last: u8) -> BrowserRequest<'_> {
    BrowserRequest {
        conference,
        client: client(last),
        replaces: false,
        standing: Standing::default(),
    }
}

#[test]
fn a_browser_is_let_in_when_a_phone_would_be() {
    let policy = Policy { participants_per_conference_max: 2, ..Policy::default() };
    let mut admission = Admission::new(policy);
    let schedule = Schedule::new(at(3600), Zone::parse("Europe/Paris").unwrap());
    let (open, early) = (conference(1), Conference { schedule: Some(schedule), ..conference(2) });
    let ended = Conference { ended_at: Some(at(0)), ..conference(3) };
    let refusal = join(&mut admission, 0, browser(&early, 1), NOBODY).unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::NotYet);
    assert_eq!(join(&mut admission, 0, browser(&ended, 1), NOBODY), Err(Refusal::Ended));
    let one = Load { conferences_active: 1, participants: 1, browsers: 1, ..NOBODY };
    assert_eq!(join(&mut admission, 0, browser(&open, 1), one), Ok(()));
    let two = Load { participants: 2, ..one };
    let full = join(&mut admission, 0, browser(&open, 1), two);
    assert_eq!(full, Err(Refusal::ConferenceFull { max: 2 }));
    let again = BrowserRequest { replaces: true, ..browser(&open, 1) };
    assert_eq!(join(&mut admission, 0, again, two), Ok(()), "the place is its own");
}

#[test]
fn the_server_has_a_limit_for_browsers() {
    let mut admission = Admission::new(Policy { browsers_max: 3, ..Policy::default() });
    let conference = conference(1);
    let three = Load { conferences_active: 1, participants: 3, browsers: 3, ..NOBODY };
    let refused = join(&mut admission, 0, browser(&conference, 1), three);
    assert_eq!(refused, Err(Refusal::TooManyBrowsers));
    assert!(
        admission.let_in(at(0), &conference, Standing::default(), three, three).is_ok(),
        "a phone is none"
    );
    let again = BrowserRequest { replaces: true, ..browser(&conference, 1) };
    assert_eq!(join(&mut admission, 0, again, three), Ok(()));
}

#[test]
fn a_flood_of_joins_is_stemmed_by_client_and_by_conference() {
    let policy = Policy {
        browser_joins_per_client_minute_max: 2,
        browser_joins_per_conference_minute_max: 3,
        ..Policy::default()
    };
    let (mut admission, first, second) = (Admission::new(policy), conference(1), conference(2));
    let mut ask =
        |now, conference, last| join(&mut admission, now, browser(conference, last), NOBODY);
    assert_eq!(ask(0, &first, 1), Ok(()));
    assert_eq!(ask(10, &second, 1), Ok(()));
    let retry_after = Duration::from_secs(40);
    assert_eq!(ask(20, &first, 1), Err(Refusal::ClientJoinRate { retry_after }));
    assert_eq!(ask(20, &first, 2), Ok(()));
    assert_eq!(ask(20, &first, 2), Ok(()));
    let retry_after = Duration::from_secs(30);
    assert_eq!(ask(30, &first, 3), Err(Refusal::ConferenceJoinRate { retry_after }));
    assert_eq!(ask(30, &second, 3), Ok(()));
    assert_eq!(ask(60, &first, 3), Ok(()), "a minute later all is well");
}

#[test]
fn somebody_whose_network_comes_and_goes_is_not_kept_out() {
    let (mut admission, conference) = (Admission::new(Policy::default()), conference(1));
    for second in 0..600 {
        let again = BrowserRequest { replaces: second > 0, ..browser(&conference, 1) };
        assert_eq!(join(&mut admission, second, again, NOBODY), Ok(()), "{second}");
    }
}

#[test]
fn one_person_is_called_once_at_a_time() {
    let (mut admission, conference) = (Admission::new(Policy::default()), conference(1));
    let number = number("06 12 34 56 78");
    let request = CallRequest {
        conference: &conference,
        number: &number,
        client: client(1),
        is_called: true,
        standing: Standing::default(),
    };
    let refusal = admission.place_call(at(0), request, NOBODY, NOBODY).unwrap_err();
    assert_eq!((refusal.code(), refusal.kind()), ("already_called", RefusalKind::TooMany));
}
