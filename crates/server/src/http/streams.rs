//! Counts event streams by client, so that one can't take all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conference::ClientAddress;

/// The event streams that are open.
pub struct Streams {
    open: Arc<Mutex<HashMap<ClientAddress, usize>>>,
    per_client_max: usize,
}

/// One open stream; dropping it gives its place back.
pub struct Stream {
    open: Arc<Mutex<HashMap<ClientAddress, usize>>>,
    client: ClientAddress,
}

impl Streams {
    /// Allows each client so many.
    pub fn new(per_client_max: usize) -> Streams {
        Streams { open: Arc::default(), per_client_max }
    }

    /// A place for one more stream of `client`; `None` when it has as many as it may.
    pub fn open(&self, client: ClientAddress) -> Option<Stream> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_default();
        if *count >= self.per_client_max {
            return None;
        }
        *count += 1;
        Some(Stream { open: Arc::clone(&self.open), client })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn a_client_has_its_number_of_streams_and_gets_places_back() {
        let streams = Streams::new(2);
        let client = |last| ClientAddress::from(IpAddr::from([192, 0, 2, last]));
        let first = streams.open(client(1)).unwrap();
        let _second = streams.open(client(1)).unwrap();
        assert!(streams.open(client(1)).is_none());
        let _other = streams.open(client(2)).unwrap();
        drop(first);
        let _third = streams.open(client(1)).unwrap();
        assert!(streams.open(client(1)).is_none());
    }

    #[test]
    fn clients_that_left_are_forgotten() {
        let streams = Streams::new(1);
        drop(streams.open(ClientAddress::from(IpAddr::from([192, 0, 2, 1]))));
        assert!(streams.open.lock().unwrap().is_empty());
    }
}
