//! A connection on which small messages leave together.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Both directions of a connection.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection on which many messages of up to a kilobyte leave with one call of the system. To one that takes several
/// slices at once, HTTP/2 (crate `h2`) gives every message from 256 bytes on in a call of its own; to one that does not,
/// every one from 1,024 bytes on. A post with what is private of a person lies in between (docs/PERFORMANCE.md).
pub(crate) struct Gathered(Box<dyn Stream>);

impl Gathered {
    pub(crate) fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(Box::new(stream))
    }
}

impl fmt::Debug for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathered").finish_non_exhaustive()
    }
}

impl AsyncRead for Gathered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

/// Without `is_write_vectored`: it says no where it is not given.
impl AsyncWrite for Gathered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use http::{Request, Response};
    use tokio::io::{DuplexStream, duplex};

    use super::*;

    /// Takes whatever it is given, in slices or not, and counts how often.
    struct Counted(DuplexStream, Arc<AtomicUsize>);

    impl AsyncRead for Counted {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            into: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(context, into)
        }
    }

    impl AsyncWrite for Counted {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Pin::new(&mut self.0).poll_write(context, bytes)
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            slices: &[io::IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Pin::new(&mut self.0).poll_write_vectored(context, slices)
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(context)
        }

        fn poll_shutdown(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(context)
        }
    }

    #[tokio::test]
    async fn messages_of_some_hundred_bytes_leave_together() {
        const MESSAGES: usize = 20;
        let (near, far) = duplex(1 << 20);
        let writes = Arc::new(AtomicUsize::new(0));
        let stream = Gathered::new(Counted(near, Arc::clone(&writes)));
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        let mut client = client.ready().await.unwrap();
        let answers: Vec<_> = (0..MESSAGES)
            .map(|_| {
                let request = Request::post("https://example.test/").body(()).unwrap();
                let (answer, mut body) = client.send_request(request, false).unwrap();
                body.send_data(Bytes::from_static(&[7; 440]), true).unwrap();
                answer
            })
            .collect();
        tokio::spawn(connection);
        tokio::spawn(serve(far));
        for answer in answers {
            let length = answer.await.unwrap().headers()["length"].clone();
            assert_eq!(length, "440");
        }
        let written = writes.load(Ordering::Relaxed);
        assert!(written < MESSAGES / 2, "{written} writes");
    }

    /// Answers every message with its length.
    async fn serve(far: DuplexStream) {
        let mut server = h2::server::handshake(far).await.unwrap();
        while let Some(accepted) = server.accept().await {
            let (request, mut answer) = accepted.unwrap();
            tokio::spawn(async move {
                let mut body = request.into_body();
                let mut length = 0;
                while let Some(bytes) = body.data().await {
                    length += bytes.unwrap().len();
                }
                let response = Response::builder().header("length", length).body(());
                answer.send_response(response.unwrap(), true).unwrap();
            });
        }
    }
}
