//! Calls at set times.

use std::net::IpAddr;

use super::*;

on_both![
    whoever_has_left_a_number_is_called_at_the_set_time,
    a_number_waits_once_and_can_be_taken_back,
    who_waits_follows_the_set_time,
    numbers_that_wait_have_a_limit,
];

fn new<'a>(conference: &Conference, secret: u8, number: &'a PhoneNumber) -> NewAppointment<'a> {
    NewAppointment {
        conference: conference.key,
        secret: CallSecret::from_random([secret; 16]),
        number,
        name: None,
        client: IpAddr::from([192, 0, 2, 1]),
        is_host: false,
        starts_at: at(600),
    }
}

impl Bench {
    async fn states(&self, conference: &Conference) -> Vec<(String, i64)> {
        let all = self.store.appointments_of(conference.key, Page::default()).await.unwrap();
        all.entries.into_iter().map(|one| (one.state, one.tries)).collect()
    }
}

async fn whoever_has_left_a_number_is_called_at_the_set_time(bench: Bench) {
    let conference = bench.create(1).await;
    let anna = number("06 12 34 56 78");
    let name: ParticipantName = "Anna".parse().unwrap();
    let wish = NewAppointment { name: Some(&name), is_host: true, ..new(&conference, 1, &anna) };
    assert!(bench.store.create_appointment(&wish, at(0)).await.unwrap());
    // The URL may change meanwhile.
    let key = ConferenceKey::from_random([9; 16]);
    bench.store.rotate_url(bench.subscriber, conference.key, key, at(5)).await.unwrap().unwrap();
    let store = bench.reopened().await;
    assert!(store.due_appointments(at(599), 9).await.unwrap().is_empty());
    assert_eq!(store.next_appointment_due().await.unwrap(), Some(at(600)));
    let due = store.due_appointments(at(600), 9).await.unwrap().remove(0);
    assert_eq!((due.conference, &due.number, due.name.as_ref()), (key, &anna, Some(&name)));
    assert_eq!((due.client, due.is_host, due.tries), (wish.client, true, 0));
    let claimed = store.claim_appointment(due.clone(), at(900)).await.unwrap().unwrap();
    assert_eq!((claimed.tries, claimed.starts_at), (1, at(600)));
    assert!(store.claim_appointment(due, at(900)).await.unwrap().is_none(), "one calls");
    assert!(store.due_appointments(at(899), 9).await.unwrap().is_empty());
    store.put_off_appointment(&claimed, at(660), claimed.tries).await.unwrap();
    let again = store.due_appointments(at(660), 9).await.unwrap().remove(0);
    let again = store.claim_appointment(again, at(960)).await.unwrap().unwrap();
    assert_eq!(again.tries, 2);
    store.settle_appointment(&again, "busy").await.unwrap();
    assert_eq!(bench.states(&conference).await, [("busy".to_owned(), 2)]);
    assert_eq!(store.next_appointment_due().await.unwrap(), None);
}

async fn a_number_waits_once_and_can_be_taken_back(bench: Bench) {
    let (conference, other) = (bench.create(1).await, bench.create(2).await);
    let anna = number("06 12 34 56 78");
    let create =
        async |wish: NewAppointment<'_>| bench.store.create_appointment(&wish, at(0)).await;
    assert!(create(new(&conference, 1, &anna)).await.unwrap());
    assert_eq!(conflict(create(new(&conference, 2, &anna)).await), Some(Conflict::Appointment));
    assert!(create(new(&other, 3, &anna)).await.unwrap());
    let secret = CallSecret::from_random([1; 16]);
    let found = bench.store.appointment(conference.key, secret).await.unwrap().unwrap();
    assert_eq!((found.secret, found.number, found.starts_at), (secret, anna.clone(), at(600)));
    assert!(!bench.store.withdraw_appointment(other.key, secret).await.unwrap());
    assert!(bench.store.withdraw_appointment(conference.key, secret).await.unwrap());
    assert_eq!(bench.store.appointment(conference.key, secret).await.unwrap(), None);
    assert!(create(new(&conference, 4, &anna)).await.unwrap(), "and left again");
}

async fn who_waits_follows_the_set_time(bench: Bench) {
    let conference = bench.create(1).await;
    let anna = number("06 12 34 56 78");
    bench.store.create_appointment(&new(&conference, 1, &anna), at(0)).await.unwrap();
    bench.store.move_appointments(conference.key, Some(at(1200))).await.unwrap();
    assert_eq!(bench.store.next_appointment_due().await.unwrap(), Some(at(1200)));
    bench.store.move_appointments(conference.key, None).await.unwrap();
    assert_eq!(bench.store.next_appointment_due().await.unwrap(), None);
    assert_eq!(bench.states(&conference).await, [("cancelled".to_owned(), 0)]);
}

async fn numbers_that_wait_have_a_limit(bench: Bench) {
    let conference = bench.create(1).await;
    for index in 0..APPOINTMENTS_MAX {
        let number = number(&format!("06 12 34 {:04}", index));
        let secret = CallSecret::from_random(u128::from(index).to_be_bytes());
        let wish = NewAppointment { secret, ..new(&conference, 0, &number) };
        assert!(bench.store.create_appointment(&wish, at(0)).await.unwrap());
    }
    let one_more = number("07 56 34 56 78");
    assert!(
        !bench.store.create_appointment(&new(&conference, 255, &one_more), at(0)).await.unwrap()
    );
}
