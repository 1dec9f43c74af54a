//! The process id the server named when the session began.
//!
//! The driver keeps it to itself, but writes it into a request to cancel. Such a request is let
//! out here to a stream in memory; nothing reaches the server.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::join;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::io::{DuplexStream, duplex};
use tokio_postgres::CancelToken;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// The code of a request for TLS, in place of a protocol version.
const SSL_REQUEST: u32 = 80_877_103;
/// The code of a request to cancel.
const CANCEL_REQUEST: u32 = 80_877_102;

/// The process id in the token; zero where the server named none.
pub(super) async fn startup_pid(token: &CancelToken) -> io::Result<i32> {
    let (near, far) = duplex(64);
    let (sent, pid) = join(token.cancel_query_raw(near, InMemory), read_pid(far)).await;
    sent.map_err(io::Error::other)?;
    pid
}

async fn read_pid(mut stream: DuplexStream) -> io::Result<i32> {
    let _length = stream.read_u32().await?;
    let mut code = stream.read_u32().await?;
    if code == SSL_REQUEST {
        stream.write_u8(b'S').await?;
        let _length = stream.read_u32().await?;
        code = stream.read_u32().await?;
    }
    if code != CANCEL_REQUEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no request to cancel"));
    }
    stream.read_i32().await
}

/// TLS that encrypts nothing, for a stream that leaves the process nowhere.
struct InMemory;

impl TlsConnect<DuplexStream> for InMemory {
    type Stream = InMemoryStream;
    type Error = Infallible;
    type Future = Ready<Result<InMemoryStream, Infallible>>;

    fn connect(self, stream: DuplexStream) -> Self::Future {
        ready(Ok(InMemoryStream(stream)))
    }
}

struct InMemoryStream(DuplexStream);

impl TlsStream for InMemoryStream {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for InMemoryStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for InMemoryStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
