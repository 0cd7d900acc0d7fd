//! Sockets that browsers connect to.

use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// Connections that wait in the kernel to be taken.
const ACCEPT_QUEUE: i32 = 128;
/// How often a free port is tried, when the first address has it free and another not.
const PORT_TRIES: usize = 16;
/// What the kernel keeps for sending, in bytes; it counts each packet with several hundred bytes of its own.
/// Enough for about a third of a second of sound, as what waits here can't be dropped any more.
const SEND_BUFFER_BYTES: usize = 16 * 1024;

/// Listeners on one port of all the addresses; 0 is any that is free on all of them.
pub(super) fn listen(ips: &[IpAddr], port: u16) -> io::Result<Vec<TcpListener>> {
    let mut tries = 0;
    loop {
        match listen_once(ips, port) {
            Err(error)
                if port == 0 && error.kind() == io::ErrorKind::AddrInUse && tries < PORT_TRIES =>
            {
                tries += 1;
            }
            result => return result,
        }
    }
}

fn listen_once(ips: &[IpAddr], mut port: u16) -> io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for ip in ips {
        let listener = listener(SocketAddr::new(*ip, port))?;
        port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(listeners)
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // So that the wildcards of both versions can stand side by side.
        socket.set_only_v6(true)?;
    }
    // Those that it accepts have it from here.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(ACCEPT_QUEUE)?;
    TcpListener::from_std(socket.into())
}
