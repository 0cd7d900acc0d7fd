//! A server's own figures, in Prometheus' text form.

/// A page of figures.
#[derive(Clone, PartialEq, Debug)]
pub struct Figures(String);

/// How many turns a server's media workers took, and how many of these too late.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ticks {
    /// Turns, those left out included.
    pub all: f64,
    /// Turns that began more than 5 ms late, or were left out.
    pub late: f64,
}

impl Figures {
    /// Takes a page.
    #[must_use]
    pub fn new(page: String) -> Self {
        Self(page)
    }

    /// The sum of a figure over all its labels; none if the page doesn't have it.
    #[must_use]
    pub fn sum(&self, name: &str) -> Option<f64> {
        self.sum_where(name, "")
    }

    /// The sum of a figure over the labels that hold this text.
    #[must_use]
    pub fn sum_where(&self, name: &str, label: &str) -> Option<f64> {
        let lines = self.0.lines().filter_map(|line| line.strip_prefix(name));
        let lines = lines.filter(|rest| rest.starts_with([' ', '{']) && rest.contains(label));
        let values = lines.filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok());
        values.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
    }

    /// The turns of the media workers so far.
    #[must_use]
    pub fn ticks(&self) -> Option<Ticks> {
        let worked = self.sum("confab_media_ticks_total")?;
        let late = self.sum_where("confab_media_ticks_late_total", "by=\"5ms\"")?;
        let skipped = self.sum_where("confab_media_ticks_late_total", "by=\"skipped\"")?;
        Some(Ticks { all: worked + skipped, late: late + skipped })
    }
}

impl Ticks {
    /// The share of turns since `earlier` that were late, from 0 to 1.
    #[must_use]
    pub fn late_share_since(&self, earlier: &Self) -> f64 {
        let all = self.all - earlier.all;
        if all > 0.0 { (self.late - earlier.late) / all } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# HELP confab_media_ticks_total Ticks of the media workers
confab_media_ticks_total 1000
confab_media_ticks_late_total{by=\"5ms\"} 3
confab_media_ticks_late_total{by=\"skipped\"} 1
confab_media_packets_total{kind=\"rtp_sent\"} 5
confab_media_packets_total{kind=\"rtp_received\"} 7
";

    #[test]
    fn figures_are_found_by_name_and_label() {
        let figures = Figures::new(PAGE.to_owned());
        assert_eq!(figures.sum("confab_media_packets_total"), Some(12.0));
        assert_eq!(figures.sum_where("confab_media_packets_total", "rtp_sent"), Some(5.0));
        assert_eq!(figures.sum("confab_media"), None);
        let ticks = figures.ticks().unwrap();
        assert_eq!(ticks, Ticks { all: 1001.0, late: 4.0 });
        let later = Ticks { all: 2001.0, late: 6.0 };
        assert!((later.late_share_since(&ticks) - 0.002).abs() < 1e-9);
        assert_eq!(ticks.late_share_since(&ticks), 0.0);
    }
}
