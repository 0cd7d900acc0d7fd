//! Numbers as people read them.

/// What stands where there is no number.
pub(super) const NONE: &str = "–";

/// A count, its thousands apart.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut apart = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

/// A measured value, to three digits or more.
pub(super) fn figure(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if !value.is_finite() => NONE.into(),
        99.95.. => format!("{}{}", if value < 0.0 { "-" } else { "" }, count(size.round() as u64)),
        9.995.. => trimmed(format!("{value:.1}")),
        _ => trimmed(format!("{value:.2}")),
    }
}

/// The same, or a dash.
pub(super) fn figure_or_none(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.into(), figure)
}

/// A share from 0 to 1 in percent. It is cut rather than rounded: what says 100 is all.
pub(super) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return NONE.into();
    }
    // A millionth of a percent makes up for what a share such as 0.999 lacks in binary.
    let thousandths = (share * 100_000.0 + 1e-6).floor();
    format!("{} %", trimmed(format!("{:.3}", thousandths / 1_000.0)))
}

/// A size in memory.
pub(super) fn bytes(bytes: f64) -> String {
    const STEP: f64 = 1_024.0;
    match bytes {
        bytes if bytes < 10.0 * STEP => format!("{} B", figure(bytes)),
        bytes if bytes < 10.0 * STEP * STEP => format!("{} KiB", figure(bytes / STEP)),
        bytes => format!("{} MiB", figure(bytes / STEP / STEP)),
    }
}

/// How many of something there are, in words.
pub(super) fn of(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number as u64))
}

fn trimmed(decimal: String) -> String {
    if !decimal.contains('.') {
        return decimal;
    }
    decimal.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 12_345_678].map(count), ["0", "999", "1,000", "12,345,678"]);
    }

    #[test]
    fn figures_have_as_many_digits_as_mean_something() {
        let values = [0.0, 0.123, 9.994, 9.996, 19.46, 99.96, 1_234.5, -5.0, -1_234.4, f64::NAN];
        let expected = ["0", "0.12", "9.99", "10", "19.5", "100", "1,235", "-5", "-1,234", "–"];
        assert_eq!(values.map(figure), expected);
    }

    #[test]
    fn only_all_is_a_hundred_percent() {
        assert_eq!(
            [1.0, 0.999_999, 0.999, 0.0].map(percent),
            ["100 %", "99.999 %", "99.9 %", "0 %"]
        );
    }

    #[test]
    fn memory_is_told_in_a_fitting_unit() {
        assert_eq!(bytes(96.0 * 1_024.0), "96 KiB");
        assert_eq!([512.0, 300e6].map(bytes), ["512 B", "286 MiB"]);
    }

    #[test]
    fn one_is_not_a_plural() {
        assert_eq!(
            [of(0, "leg"), of(1, "leg"), of(3_000, "leg")],
            ["0 legs", "1 leg", "3,000 legs"]
        );
    }
}
