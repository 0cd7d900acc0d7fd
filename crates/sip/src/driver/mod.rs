//! The endpoint's sockets, clock and task.

mod handle;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::UdpSocket,
    sync::{mpsc, watch},
    time::Instant,
};

pub use handle::SipHandle;

use crate::{
    Command, Entropy, Settings, SipError, SipEvent, Stats, Transport,
    endpoint::{Core, Flow, LocalAddresses, Output},
};

/// A SIP endpoint on sockets of its own.
#[derive(Debug)]
pub struct Endpoint;

impl Endpoint {
    /// Binds the sockets and starts the endpoint's task on the current tokio runtime.
    ///
    /// # Errors
    /// There is no address, a socket can't be bound, or two trunks share a name.
    pub async fn bind(
        settings: Settings,
    ) -> Result<(SipHandle, mpsc::Receiver<SipEvent>), SipError> {
        let mut settings = settings;
        let Some(address) = settings.udp else { return Err(SipError::NoAddress) };
        let bind_error = |source| SipError::Bind { transport: Transport::Udp, address, source };
        let socket = UdpSocket::bind(address).await.map_err(bind_error)?;
        let udp = socket.local_addr().map_err(bind_error)?;
        settings.udp = Some(udp);
        let (commands, command_queue) = mpsc::channel(settings.limits.commands_max);
        let (events, event_queue) = mpsc::channel(settings.limits.events_max);
        let (stats, stats_seen) = watch::channel(Stats::default());
        let (closing, closed) = watch::channel(false);
        let trunks: Arc<[_]> = settings.trunks.iter().map(|trunk| trunk.id.clone()).collect();
        let core = Core::new(settings, Box::new(Local), Entropy::from_system());
        tokio::spawn(run(core, socket, command_queue, events, stats, closing));
        let handle =
            SipHandle { commands, closed, stats: stats_seen, trunks, udp: Some(udp), tcp: None };
        Ok((handle, event_queue))
    }
}

struct Local;
impl LocalAddresses for Local {
    fn towards(&self, _remote: SocketAddr) -> IpAddr {
        IpAddr::from([127, 0, 0, 1])
    }
}

async fn run(
    mut core: Core,
    socket: UdpSocket,
    mut commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<SipEvent>,
    stats: watch::Sender<Stats>,
    closing: watch::Sender<bool>,
) {
    let start = Instant::now();
    let mut buffer = vec![0; 65_536];
    loop {
        let due = core.poll_timeout().map_or(start + Duration::from_secs(3600), |due| start + due);
        tokio::select! {
            command = commands.recv() => match command {
                Some(Command::Shutdown) | None => break,
                Some(command) => core.handle_command(start.elapsed(), command),
            },
            Ok((length, remote)) = socket.recv_from(&mut buffer) => {
                let flow = Flow { transport: Transport::Udp, remote, connection: None };
                core.handle_message(start.elapsed(), flow, &buffer[..length]);
            }
            () = tokio::time::sleep_until(due) => core.handle_timeout(start.elapsed()),
        }
        while let Some(output) = core.poll_output() {
            match output {
                Output::Send(flow, bytes) => {
                    let _ = socket.send_to(&bytes, flow.remote).await;
                }
                Output::Event(event) => {
                    let _ = events.send(event).await;
                }
            }
        }
        stats.send_replace(core.stats());
    }
    closing.send_replace(true);
}
