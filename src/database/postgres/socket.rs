//! Sockets to servers, before any protocol is spoken on them.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::settings::libpq::{HostPort, Keepalive};

/// Firewalls forget a silent connection after minutes, and the system's probes start after two
/// hours. A long statement is silent all the while.
const KEEPALIVE_IDLE: Duration = Duration::from_mins(1);

/// A stream of bytes to a server.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A socket of any kind. A type of its own rather than a bare box, because the compiler cannot
/// prove futures over the driver's generic code to be `Send` with a trait object in it.
pub(super) struct Socket {
    stream: Box<dyn Stream>,
    /// The peer has closed. What it said last, such as why it ended the session, is still to be
    /// read; so writing pretends to succeed, and reading tells the end.
    peer_closed: bool,
}

impl Socket {
    fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), peer_closed: false }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.peer_closed {
            return Poll::Ready(Ok(buf.len()));
        }
        match Pin::new(&mut self.stream).poll_write(cx, buf) {
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.peer_closed = true;
                Poll::Ready(Ok(buf.len()))
            }
            other => other,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Where exactly to connect: no name is left to look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Address {
    /// The IP address, over the network.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(address) => Some(address.ip()),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(file) => file.display().fmt(f),
        }
    }
}

/// All addresses of a server, in the order they are to be tried.
pub(super) async fn addresses(at: &HostPort) -> io::Result<Vec<Address>> {
    match at {
        HostPort::Unix { .. } => Ok(at.socket_file().into_iter().map(Address::Unix).collect()),
        HostPort::Tcp { hostaddr: Some(ip), port, .. } => {
            Ok(vec![Address::Tcp(SocketAddr::new(*ip, *port))])
        }
        HostPort::Tcp { host, port, .. } => {
            let found = tokio::net::lookup_host((host.as_str(), *port)).await?;
            Ok(found.map(Address::Tcp).collect())
        }
    }
}

/// Opens a socket.
pub(super) async fn open(address: &Address, keepalive: &Keepalive) -> io::Result<Socket> {
    match address {
        Address::Tcp(address) => {
            let stream = TcpStream::connect(*address).await?;
            stream.set_nodelay(true)?;
            keep_alive(&stream, keepalive)?;
            Ok(Socket::new(stream))
        }
        Address::Unix(file) => open_unix(file).await,
    }
}

#[cfg(unix)]
async fn open_unix(file: &Path) -> io::Result<Socket> {
    Ok(Socket::new(tokio::net::UnixStream::connect(file.to_owned()).await?))
}

#[cfg(not(unix))]
async fn open_unix(_file: &Path) -> io::Result<Socket> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "Unix sockets are not supported here"))
}

fn keep_alive(stream: &TcpStream, keepalive: &Keepalive) -> io::Result<()> {
    let socket = SockRef::from(stream);
    #[cfg(target_os = "linux")]
    if let Some(timeout) = keepalive.user_timeout {
        socket.set_tcp_user_timeout(Some(timeout))?;
    }
    if !keepalive.enabled {
        return Ok(());
    }
    let mut probes = TcpKeepalive::new().with_time(keepalive.idle.unwrap_or(KEEPALIVE_IDLE));
    if let Some(interval) = keepalive.interval {
        probes = probes.with_interval(interval);
    }
    #[cfg(not(windows))]
    if let Some(count) = keepalive.count {
        probes = probes.with_retries(count);
    }
    socket.set_tcp_keepalive(&probes)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::Socket;

    #[test]
    fn what_the_server_said_last_is_read_after_it_has_closed() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (near, mut far) = duplex(64);
            far.write_all(b"terminating").await.expect("writes");
            drop(far);
            let mut socket = Socket::new(near);
            socket.write_all(b"SELECT 1").await.expect("pretends to write");
            let mut said = String::new();
            socket.read_to_string(&mut said).await.expect("reads to the end");
            assert_eq!(said, "terminating");
        });
    }
}
