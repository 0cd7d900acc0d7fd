use proptest::prelude::*;

use super::*;

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

fn e164(text: &str, code: &str) -> Result<String, NumberError> {
    PhoneNumber::parse(text, country(code)).map(|number| number.e164().to_owned())
}

#[test]
fn french_numbers_as_the_french_write_them() {
    for text in [
        "06 12 34 56 78",
        "0612345678",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06/12/34/56/78",
        "6 12 34 56 78",
        " 06\u{202F}12\u{202F}34\u{202F}56\u{202F}78\u{A0}",
        "\u{2068}06 12 34 56 78\u{2069}",
        "０６１２３４５６７８",
        "٠٦١٢٣٤٥٦٧٨",
        "+33612345678",
        "+33 6 12 34 56 78",
        "＋33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "+33 (0) 6.12.34.56.78",
        "++33 6 12 34 56 78",
        "+33\u{2011}6\u{2011}12\u{2011}34\u{2011}56\u{2011}78",
        "0033 6 12 34 56 78",
        "00 33 (6) 12345678",
        "33612345678",
        "tel:+33-6-12-34-56-78",
        "TEL:+33612345678",
        "tel:06-12-34-56-78;phone-context=+33",
    ] {
        assert_eq!(e164(text, "FR").as_deref(), Ok("+33612345678"), "{text:?}");
    }
}

#[test]
fn numbers_of_other_countries() {
    for (text, code, expected) in [
        ("(202) 555-0143", "US", "+12025550143"),
        ("1-202-555-0143", "US", "+12025550143"),
        ("011 33 6 12 34 56 78", "US", "+33612345678"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 (0)20 7946 0958", "FR", "+442079460958"),
        ("0044 20 7946 0958", "FR", "+442079460958"),
        ("030 123456", "DE", "+4930123456"),
        ("06 698 12345", "IT", "+390669812345"),
        ("+39 06 698 12345", "FR", "+390669812345"),
        ("0039 06 698 12345", "FR", "+390669812345"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("0011 61 406 823 897", "AU", "+61406823897"),
        ("+800 1234 5678", "FR", "+80012345678"),
    ] {
        assert_eq!(e164(text, code).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn words_are_dialled_but_slips_are_not() {
    assert_eq!(e164("1-800-FLOWERS", "US").as_deref(), Ok("+18003569377"));
    assert_eq!(e164("+1 800 flowers", "FR").as_deref(), Ok("+18003569377"));
    assert_eq!(e164("06 12 34 56 7O", "FR"), Err(NumberError::Letter));
    assert_eq!(e164("O6 I2 34 56 78", "FR"), Err(NumberError::Letter));
    assert_eq!(e164("call me maybe", "FR"), Err(NumberError::NotANumber));
}

#[test]
fn refusals_say_what_is_wrong() {
    for (text, expected) in [
        ("", NumberError::Empty),
        (" \u{A0}\n", NumberError::Empty),
        ("abc", NumberError::NotANumber),
        ("+", NumberError::NotANumber),
        ("anna@example.org", NumberError::NotANumber),
        ("sip:+33612345678@example.org", NumberError::NotANumber),
        ("06 12 34 56 78 ☎", NumberError::NotANumber),
        ("06 12\u{0}34 56 78", NumberError::NotANumber),
        ("+33 6 12", NumberError::TooShort),
        ("06 12 34 56 7", NumberError::TooShort),
        ("112", NumberError::TooShort),
        ("3631", NumberError::TooShort),
        ("06 12 34 56 78 9", NumberError::TooLong),
        ("+33 6 12 34 56 78 90 12 34 56 78", NumberError::TooLong),
        ("06 12 34 56 78 / 06 12 34 56 79", NumberError::TooLong),
        ("+999 12345678", NumberError::UnknownCountry),
        ("+1 555 010 0123", NumberError::NotInUse),
        ("01 12 34 56 78 ext 12", NumberError::Extension),
        ("01 42 68 53 00 x12", NumberError::Extension),
        ("01 42 68 53 00 poste 12", NumberError::TooLong),
    ] {
        assert_eq!(e164(text, "FR"), Err(expected), "{text:?}");
    }
    assert_eq!(e164(&"1".repeat(TEXT_BYTES_MAX + 1), "FR"), Err(NumberError::TooLong));
}

#[test]
fn every_message_is_a_sentence() {
    for error in [NumberError::Empty, NumberError::Letter, NumberError::NotInUse] {
        assert!(error.to_string().ends_with('.'));
    }
}

#[test]
fn masks_all_but_the_country_and_the_end() {
    for (text, masked) in [
        ("+33 6 12 34 56 78", "+33 • •• •• •• 78"),
        ("+1 202 555 0143", "+1 •••-•••-••43"),
        ("+49 30 123456", "+49 •• ••••56"),
        ("+39 06 698 12345", "+39 •• •••• ••45"),
    ] {
        let number = PhoneNumber::parse(text, Country::DEFAULT).unwrap();
        assert_eq!(number.masked(), masked);
        assert_eq!(format!("{number:?}"), format!("PhoneNumber({masked})"));
    }
}

#[test]
fn knows_premium_lines() {
    let kind = |text| PhoneNumber::parse(text, Country::DEFAULT).unwrap().kind();
    assert_eq!(kind("+33 8 99 12 34 56"), NumberKind::Premium);
    assert_eq!(kind("+1 900 555 0143"), NumberKind::Premium);
    assert_eq!(kind("+33 1 42 68 53 00"), NumberKind::Ordinary);
}

#[test]
fn stored_numbers_are_read_as_they_were_written() {
    let number = PhoneNumber::parse("06 12 34 56 78", Country::DEFAULT).unwrap();
    assert_eq!(PhoneNumber::from_e164(number.e164()), Ok(number));
    let retired = PhoneNumber::from_e164("+15550100123").unwrap();
    assert_eq!(retired.e164(), "+15550100123");
    for bad in ["", "33612345678", "+", "+33 612345678", "+3361234567x", "+1234567890123456"] {
        assert!(PhoneNumber::from_e164(bad).is_err(), "{bad:?}");
    }
}

fn any_country() -> impl Strategy<Value = Country> {
    let all: Vec<Country> = DATABASE.iter().filter_map(|plan| plan.id().parse().ok()).collect();
    assert!(all.len() > 200);
    prop::sample::select(all)
}

proptest! {
    #[test]
    fn any_text_is_survived(text in ".{0,70}", country in any_country()) {
        let _ = PhoneNumber::parse(&text, country);
        let _ = PhoneNumber::from_e164(&text);
    }

    #[test]
    fn what_is_accepted_is_e164_and_reads_back(
        text in "(\\+|00|0|tel:|)[0-9 ().x;=-]{2,20}",
        country in any_country(),
    ) {
        if let Ok(number) = PhoneNumber::parse(&text, country) {
            let e164 = number.e164();
            prop_assert!(e164.len() <= DIGITS_MAX + 1);
            prop_assert!(e164.starts_with('+') && e164[1..].bytes().all(|b| b.is_ascii_digit()));
            prop_assert_eq!(PhoneNumber::from_e164(e164).map(|n| n.e164), Ok(e164.to_owned()));
            let shown = number.masked().chars().filter(char::is_ascii_digit).count();
            prop_assert!(shown <= 3 + SHOWN_DIGITS);
        }
    }
}
