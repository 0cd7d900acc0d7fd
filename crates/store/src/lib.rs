//! Persistence of the domain in SQLite.
