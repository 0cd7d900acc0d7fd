//! How loud somebody is for the others.

/// By how much somebody is louder for the others than it would be, or less: from −24 to 12 dB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Volume(i8);

impl Volume {
    /// The least, in decibels.
    pub const DB_MIN: i8 = -24;

    /// The most, in decibels.
    pub const DB_MAX: i8 = 12;

    /// So many decibels; `None` if they are too many or too few.
    #[must_use]
    pub fn new(decibels: i8) -> Option<Self> {
        (Self::DB_MIN..=Self::DB_MAX).contains(&decibels).then_some(Self(decibels))
    }

    /// In decibels.
    #[must_use]
    pub const fn decibels(self) -> i8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_bounds() {
        assert_eq!(Volume::default().decibels(), 0);
        assert_eq!(Volume::new(Volume::DB_MAX).map(Volume::decibels), Some(12));
        assert!(Volume::new(13).is_none() && Volume::new(-25).is_none());
    }
}
