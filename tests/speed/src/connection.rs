//! One kept-alive HTTP/1.1 connection: prepared bytes out, an answer in, and little work between.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest answer that is taken in. Those measured are a few kilobytes.
const LONGEST: usize = 64 * 1024;

/// A connection that carries one request at a time.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, as it lies in the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Status line and headers.
    pub head: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The first header of this name (in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// Every header of this name (in lower case).
    pub fn headers<'b>(&self, name: &'b str) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
        self.head.lines().skip(1).filter_map(move |line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Connection {
    /// Connects to a port of this machine.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("localhost", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8 * 1024) })
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// When the connection ends, or the answer says no length or too great a one.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head, all) = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break (head, head + 4 + length(&self.buffer[..head])?);
            }
            if self.buffer.len() > LONGEST {
                return Err(unreadable("the head of the answer is too long"));
            }
        };
        while self.buffer.len() < all {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let text = text(&self.buffer[..head])?;
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| unreadable("the answer has no status"))?;
        Ok(Answer { status, head: text, body: &self.buffer[head + 4..all] })
    }
}

fn text(head: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(head).map_err(|_| unreadable("the head of the answer is no text"))
}

/// The length that the head of an answer announces. Both servers announce one with each answer that is measured.
fn length(head: &[u8]) -> io::Result<usize> {
    let head = Answer { status: 0, head: text(head)?, body: &[] };
    let announced = head.header("content-length").and_then(|value| value.parse().ok());
    announced
        .filter(|length| *length <= LONGEST)
        .ok_or_else(|| unreadable("the answer says no length, or too great a one"))
}

fn unreadable(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_the_announced_one() {
        let cases = [
            ("HTTP/1.1 302 Found\r\nContent-Length: 12", Some(12)),
            ("HTTP/1.1 302 Found\r\ncontent-length:0", Some(0)),
            ("HTTP/1.1 302 Found\r\nx-content-length: 12", None),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", None),
            ("HTTP/1.1 200 OK\r\ncontent-length: 99999999", None),
        ];
        for (head, expected) in cases {
            assert_eq!(length(head.as_bytes()).ok(), expected, "{head}");
        }
    }
}
