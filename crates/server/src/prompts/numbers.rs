//! Numbers and times of day in words.

use jiff::Zoned;

use super::{Language, Word};

/// The largest number that is said as such: more people are in no conference.
const NUMBER_MAX: usize = 9_999;

/// A number, said in full; beyond [`NUMBER_MAX`] as that.
pub(super) fn number(language: Language, number: usize) -> Vec<Word> {
    let number = number.min(NUMBER_MAX);
    let (thousands, hundreds, rest) = (number / 1000, number / 100 % 10, number % 100);
    let mut words = Vec::new();
    for (count, word) in [(thousands, Word::Thousand), (hundreds, Word::Hundred)] {
        // French says "cent" and "mille" where English says "one hundred".
        if count > 1 || (count == 1 && language == Language::En) {
            words.extend(below_hundred(language, count));
        }
        if count > 0 {
            words.push(word);
        }
    }
    if rest > 0 || words.is_empty() {
        words.extend(below_hundred(language, rest));
    }
    words
}

fn below_hundred(language: Language, number: usize) -> Vec<Word> {
    let word = |number: usize| Word::Number(u8::try_from(number).unwrap_or_default());
    // What French counts from sixty and eighty, it counts on to seventy-nine and ninety-nine.
    let base = match (language, number) {
        (Language::Fr, 61..=69 | 71..=79) => 60,
        (Language::Fr, 81..=89 | 91..=99) => 80,
        _ => number / 10 * 10,
    };
    match number - base {
        _ if number <= 20 => vec![word(number)],
        0 => vec![word(number)],
        rest @ (1 | 11) if language == Language::Fr && base < 80 => {
            vec![word(base), Word::And, word(rest)]
        }
        rest => vec![word(base), word(rest)],
    }
}

/// English by the twelve-hour clock: "two o'clock p.m.", "two oh five p.m.", "two thirty-one p.m."; French by the
/// other: "quatorze heures trente et un".
pub(super) fn time(language: Language, at: &Zoned) -> Vec<Word> {
    let (hour, minute) = (at.hour().unsigned_abs(), usize::from(at.minute().unsigned_abs()));
    if language == Language::Fr {
        let mut words = number(language, hour.into());
        words.push(Word::Hours);
        if minute > 0 {
            words.extend(number(language, minute));
        }
        return words;
    }
    let mut words = vec![Word::Number(match hour % 12 {
        0 => 12,
        hour => hour,
    })];
    match minute {
        0 => words.push(Word::OClock),
        1..=9 => {
            words.push(Word::Oh);
            words.extend(number(language, minute));
        }
        _ => words.extend(number(language, minute)),
    }
    words.push(if hour < 12 { Word::Am } else { Word::Pm });
    words
}

/// Of a day in a month, 1 to 31: English by ordinals, French by the number itself but for the first.
pub(super) fn day_of_month(language: Language, day: u8) -> Vec<Word> {
    match (language, day) {
        (Language::Fr, 2..) => number(language, day.into()),
        (_, 21..=29) => vec![Word::Number(20), Word::Ordinal(day - 20)],
        (_, 31) => vec![Word::Number(30), Word::Ordinal(1)],
        (_, day) => vec![Word::Ordinal(day)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Word::{And, Hundred, Number, Thousand};

    #[test]
    fn numbers_as_each_language_counts() {
        let en = |n| number(Language::En, n);
        let fr = |n| number(Language::Fr, n);
        assert_eq!(en(0), [Number(0)]);
        assert_eq!((en(17), fr(17)), (vec![Number(17)], vec![Number(17)]));
        assert_eq!(
            (en(21), fr(21)),
            (vec![Number(20), Number(1)], vec![Number(20), And, Number(1)])
        );
        assert_eq!(
            (en(71), fr(71)),
            (vec![Number(70), Number(1)], vec![Number(60), And, Number(11)])
        );
        assert_eq!((en(70), fr(70)), (vec![Number(70)], vec![Number(70)]));
        assert_eq!(fr(81), [Number(80), Number(1)]);
        assert_eq!(fr(99), [Number(80), Number(19)]);
        assert_eq!(en(100), [Number(1), Hundred]);
        assert_eq!(fr(1101), [Thousand, Hundred, Number(1)]);
        assert_eq!(en(2345), [Number(2), Thousand, Number(3), Hundred, Number(40), Number(5)]);
        assert_eq!(en(usize::MAX), en(9_999));
    }
}
