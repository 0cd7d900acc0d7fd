//! Mail on its way, and who is invited.

use conference::delivery::Delivery;

use super::*;

on_both![
    a_letter_waits_until_it_has_been_sent,
    what_was_claimed_and_forgotten_is_due_again,
    a_letter_is_claimed_by_one,
    what_became_of_a_letter_is_kept_without_it,
    who_is_invited_is_told_in_the_same_breath,
];

fn anna() -> MailAddress {
    "anna@example.com".parse().unwrap()
}

fn letter(to: &MailAddress) -> NewLetter<'_> {
    let message = "Subject: Come\r\n\r\nNow";
    NewLetter { conference: None, purpose: Purpose::SignIn, to, message, expires_at: at(900) }
}

async fn a_letter_waits_until_it_has_been_sent(bench: Bench) {
    bench.store.post_letter(&letter(&anna()), at(0)).await.unwrap();
    let store = bench.reopened().await;
    assert_eq!(store.next_letter_due().await.unwrap(), Some(at(0)));
    let due = store.due_letters(at(0), 9).await.unwrap().remove(0);
    assert_eq!((due.tries, due.message.as_str()), (0, "Subject: Come\r\n\r\nNow"));
    let claimed = store.claim_letter(due, at(300)).await.unwrap().unwrap();
    assert_eq!(claimed.tries, 1);
    let waiting = Delivery::Waiting { due_at: at(60), reason: "421 busy".to_owned() };
    store.settle_letter(&claimed, &waiting).await.unwrap();
    assert!(store.due_letters(at(59), 9).await.unwrap().is_empty());
    let again = store.due_letters(at(60), 9).await.unwrap().remove(0);
    assert_eq!((again.tries, &again.message, &again.to), (1, &claimed.message, &anna()));
    store.settle_letter(&again, &Delivery::Sent).await.unwrap();
    assert_eq!(store.next_letter_due().await.unwrap(), None);
}

async fn what_was_claimed_and_forgotten_is_due_again(bench: Bench) {
    bench.store.post_letter(&letter(&anna()), at(0)).await.unwrap();
    let due = bench.store.due_letters(at(0), 9).await.unwrap().remove(0);
    bench.store.claim_letter(due, at(300)).await.unwrap().unwrap();
    // Here the server was killed.
    let store = bench.reopened().await;
    assert!(store.due_letters(at(299), 9).await.unwrap().is_empty());
    assert_eq!(store.due_letters(at(300), 9).await.unwrap()[0].tries, 1, "that try counts");
}

async fn a_letter_is_claimed_by_one(bench: Bench) {
    bench.store.post_letter(&letter(&anna()), at(0)).await.unwrap();
    let due = bench.store.due_letters(at(0), 9).await.unwrap().remove(0);
    assert!(bench.store.claim_letter(due.clone(), at(300)).await.unwrap().is_some());
    assert!(bench.store.claim_letter(due, at(300)).await.unwrap().is_none());
}

async fn what_became_of_a_letter_is_kept_without_it(bench: Bench) {
    let conference = bench.create(1).await;
    let anna = anna();
    let invitation = NewLetter {
        conference: Some(conference.key),
        purpose: Purpose::Invitation,
        ..letter(&anna)
    };
    bench.store.post_letter(&invitation, at(0)).await.unwrap();
    let due = bench.store.due_letters(at(0), 9).await.unwrap().remove(0);
    let refused = Delivery::Refused { reason: "550 nobody here".to_owned() };
    bench.store.settle_letter(&due, &refused).await.unwrap();
    let letters = bench.store.letters_of(conference.key, Page::default()).await.unwrap().entries;
    assert_eq!(letters.len(), 1);
    let (state, reason) = (letters[0].state.as_str(), letters[0].reason.as_deref());
    assert_eq!((state, reason), ("refused", Some("550 nobody here")));
    assert_eq!((letters[0].purpose.as_str(), letters[0].due_at), ("invitation", None));
    let kept = Query::new("SELECT id FROM outbox WHERE message IS NOT NULL");
    assert!(bench.store.database.rows(kept).await.unwrap().is_empty());
}

async fn who_is_invited_is_told_in_the_same_breath(bench: Bench) {
    let conference = bench.create(1).await;
    let anna = anna();
    let invitee = Invitee {
        address: anna.clone(),
        name: "Anna".parse().ok(),
        time_zone: "Asia/Tokyo".parse().ok(),
        sequence: 0,
        invited_at: at(5),
    };
    let invitation = letter(&anna);
    bench.store.invite(conference.key, &invitee, &invitation, at(5)).await.unwrap();
    let changed = Invitee { sequence: 1, invited_at: at(9), ..invitee.clone() };
    bench.store.invite(conference.key, &changed, &invitation, at(9)).await.unwrap();
    let found = bench.store.invitees(conference.key).await.unwrap();
    assert_eq!(found, [Invitee { invited_at: at(5), ..changed }], "invited once, told twice");
    assert!(bench.store.uninvite(conference.key, &anna, &invitation, at(9)).await.unwrap());
    assert!(!bench.store.uninvite(conference.key, &anna, &invitation, at(9)).await.unwrap());
    assert!(bench.store.invitees(conference.key).await.unwrap().is_empty());
    assert_eq!(bench.store.due_letters(at(9), 9).await.unwrap().len(), 3);
    let unknown = ConferenceKey::from_random([9; 16]);
    assert!(bench.store.invite(unknown, &invitee, &invitation, at(5)).await.is_err());
    assert_eq!(bench.store.due_letters(at(9), 9).await.unwrap().len(), 3, "nothing is sent then");
}
