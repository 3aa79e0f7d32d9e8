//! Where to listen: an address of the command line, and the sockets it stands for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::serve::ServeError;

/// Where to listen, as a flag says it.
pub(crate) struct Listen {
    pub(crate) flag: &'static str,
    /// No address stands for `localhost`: both loopback families.
    address: Option<IpAddr>,
    pub(crate) port: u16,
}

impl Listen {
    /// Reads `localhost:PORT` or `ADDRESS:PORT`.
    pub(crate) fn parse(flag: &'static str, text: &str) -> Result<Self, ServeError> {
        let unusable = || {
            ServeError::Usage(format!(
                "{flag} {text} is not an address with a port, such as localhost:4000 or 127.0.0.1:4000."
            ))
        };
        if let Some(port) = text.strip_prefix("localhost:") {
            return Ok(Self { flag, address: None, port: port.parse().map_err(|_| unusable())? });
        }
        let address: SocketAddr = text.parse().map_err(|_| unusable())?;
        Ok(Self { flag, address: Some(address.ip()), port: address.port() })
    }

    /// The same for a flag that may be left out.
    pub(crate) fn parse_if(flag: &'static str, text: Option<&str>) -> Result<Option<Self>, ServeError> {
        text.map(|text| Self::parse(flag, text)).transpose()
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.address.is_none_or(|address| address.is_loopback())
    }

    /// Listens: on both loopback families where the flag says `localhost`.
    pub(crate) async fn bind(&self) -> Result<Vec<TcpListener>, ServeError> {
        if let Some(address) = self.address {
            return Ok(vec![self.bind_one(address, self.port).await?]);
        }
        // With port 0 the second family has to get the first one's port, which somebody else may hold.
        for _ in 0..10 {
            let four = self.bind_one(Ipv4Addr::LOCALHOST.into(), self.port).await?;
            let port = four.local_addr()?.port();
            match self.bind_one(Ipv6Addr::LOCALHOST.into(), port).await {
                Ok(six) => return Ok(vec![four, six]),
                Err(ServeError::Listen { source, .. })
                    if self.port == 0 && source.kind() == std::io::ErrorKind::AddrInUse => {}
                Err(ServeError::Listen { source, .. }) if no_such_address(&source) => {
                    eprintln!("tenant: this machine has no ::1, so {} answers on 127.0.0.1 alone", self.flag);
                    return Ok(vec![four]);
                }
                Err(error) => return Err(error),
            }
        }
        Err(ServeError::Usage(format!("no free port was found for both loopback families; give {} a port.", self.flag)))
    }

    /// The sockets of an address that may be left out.
    pub(crate) async fn bind_if(listen: Option<&Self>) -> Result<Vec<TcpListener>, ServeError> {
        match listen {
            Some(listen) => listen.bind().await,
            None => Ok(Vec::new()),
        }
    }

    /// The port that its sockets were really given; without sockets, somebody else listens at the one it names.
    pub(crate) fn port_at(&self, sockets: &[TcpListener]) -> Result<u16, ServeError> {
        match sockets.first() {
            Some(socket) => Ok(socket.local_addr()?.port()),
            None => Ok(self.port),
        }
    }

    async fn bind_one(&self, address: IpAddr, port: u16) -> Result<TcpListener, ServeError> {
        let address = SocketAddr::new(address, port);
        TcpListener::bind(address).await.map_err(|source| ServeError::Listen {
            address: address.to_string(),
            flag: self.flag,
            source,
        })
    }
}

/// Whether the machine has no such address: IPv6 is off for this interface, or altogether (`EAFNOSUPPORT`).
fn no_such_address(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(97)
}
