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
    /// Those of them that the workers' own work made late, if the server tells: the others are the host's doing.
    pub own: Option<f64>,
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
        let own = self.sum("confab_media_ticks_late_own_total");
        Some(Ticks { all: worked + skipped, late: late + skipped, own })
    }
}

impl Ticks {
    /// The share of turns since `earlier` that were late, from 0 to 1.
    #[must_use]
    pub fn late_share_since(&self, earlier: &Self) -> f64 {
        self.share(self.late - earlier.late, earlier)
    }

    /// The share of turns since `earlier`, from 0 to 1, that the workers' own work made late, if the server tells.
    #[must_use]
    pub fn own_share_since(&self, earlier: &Self) -> Option<f64> {
        Some(self.share(self.own? - earlier.own?, earlier))
    }

    fn share(&self, late: f64, earlier: &Self) -> f64 {
        let all = self.all - earlier.all;
        if all > 0.0 { late / all } else { 0.0 }
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
confab_media_ticks_late_own_total{worker=\"0\"} 2
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
        assert_eq!(ticks, Ticks { all: 1001.0, late: 4.0, own: Some(2.0) });
        let later = Ticks { all: 2001.0, late: 6.0, own: Some(3.0) };
        assert!((later.late_share_since(&ticks) - 0.002).abs() < 1e-9);
        assert!((later.own_share_since(&ticks).unwrap() - 0.001).abs() < 1e-9);
        assert_eq!(Ticks { own: None, ..later }.own_share_since(&ticks), None);
        assert_eq!(ticks.late_share_since(&ticks), 0.0);
    }
}
