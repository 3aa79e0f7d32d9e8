//! A server that decides nothing: what the generator reaches against it is the generator's own limit.

use std::io::{self, Write};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Listens on a port of this machine, says `ready`, and answers everything with one and the same code.
///
/// # Errors
/// When it cannot listen or say so.
pub async fn respond() -> io::Result<()> {
    let listener = TcpListener::bind(("localhost", 0)).await?;
    let mut out = io::stdout();
    writeln!(out, "ready http://localhost:{}", listener.local_addr()?.port())?;
    out.flush()?;
    loop {
        let (connection, _) = listener.accept().await?;
        connection.set_nodelay(true)?;
        // Whoever closes a connection is done with it.
        tokio::spawn(async move { answer(connection).await.unwrap_or_default() });
    }
}

async fn answer(mut connection: TcpStream) -> io::Result<()> {
    let code = "0".repeat(43);
    // As long as the tenant's own answer.
    let filler = "x".repeat(400);
    let answer = format!(
        "HTTP/1.1 302 Found\r\nlocation: {}?code={code}&state=s\r\nx-filler: {filler}\r\ncontent-length: 0\r\n\r\n",
        crate::target::TENANT.callback,
    );
    let mut buffer = Vec::with_capacity(8 * 1024);
    while connection.read_buf(&mut buffer).await? > 0 {
        if buffer.ends_with(b"\r\n\r\n") {
            connection.write_all(answer.as_bytes()).await?;
            buffer.clear();
        }
    }
    Ok(())
}
