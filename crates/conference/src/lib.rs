//! The domain: subscribers, conference URLs, schedules, participants, calls, admission and policy.
