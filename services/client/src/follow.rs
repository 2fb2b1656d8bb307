//! Streams of answers.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use tonic::Streaming;

use crate::error::ClientError;

/// Answers as they come, until the server ends the stream.
#[derive(Debug)]
pub struct Follow<T>(Streaming<T>);

impl<T> Follow<T> {
    pub(crate) const fn new(replies: Streaming<T>) -> Self {
        Self(replies)
    }

    /// The next answer; none at the end.
    ///
    /// # Errors
    /// [`ClientError`] if the stream breaks off. Streams are not taken up again by themselves:
    /// where to go on stands in the answers.
    pub async fn next(&mut self) -> Result<Option<T>, ClientError> {
        self.0.message().await.map_err(ClientError::from)
    }
}

impl<T> Stream for Follow<T> {
    type Item = Result<T, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0)
            .poll_next(context)
            .map_err(ClientError::from)
    }
}
