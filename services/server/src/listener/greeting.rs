//! Whether the other side has begun to speak HTTP/2.
//!
//! Before its preface is whole there is nobody to ping, so nothing but time tells that nobody will
//! ever speak.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

/// Bytes of the preface of a client (RFC 9113, 3.4).
const PREFACE: usize = 24;

/// A stream that tells when so many bytes have come. Whether they are the right ones is for
/// HTTP/2 to say.
#[derive(Debug)]
pub(super) struct Greeted<I> {
    stream: I,
    missing: usize,
    tell: Option<oneshot::Sender<()>>,
}

impl<I> Greeted<I> {
    pub(super) fn new(stream: I) -> (Self, oneshot::Receiver<()>) {
        let (sender, greeted) = oneshot::channel();
        let stream = Self {
            stream,
            missing: PREFACE,
            tell: Some(sender),
        };
        (stream, greeted)
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Greeted<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if self.missing > 0 {
            let read = buffer.filled().len().saturating_sub(before);
            self.missing = self.missing.saturating_sub(read);
            if self.missing == 0
                && let Some(tell) = self.tell.take()
            {
                // Nobody listens any more when the connection is about to end.
                let _told = tell.send(());
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Greeted<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
