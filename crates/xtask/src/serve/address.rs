//! Is a listen address free? Asked before anything is built, so that a taken port costs no minutes.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use crate::problem::Problem;

/// An error if `address` is no `HOST:PORT`, or is taken. `flag` is the option that carried it.
pub(super) fn check_free(flag: &'static str, address: &str) -> Result<(), Problem> {
    for socket in sockets(flag, address)? {
        match TcpListener::bind(socket) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                return Err(Problem::PortInUse {
                    address: address.to_owned(),
                    flag,
                    free: free_port_above(socket.port()),
                });
            }
            // Other failures (no IPv6, a low port) are the tenant's to explain.
            _ => {}
        }
    }
    Ok(())
}

/// The sockets that the tenant will open: `localhost` is both loopback families.
fn sockets(flag: &'static str, address: &str) -> Result<Vec<SocketAddr>, Problem> {
    let not_an_address = || Problem::NotAnAddress { flag, found: address.to_owned() };
    let (host, port) = address.rsplit_once(':').ok_or_else(not_an_address)?;
    let port: u16 = port.parse().map_err(|_| not_an_address())?;
    if host == "localhost" {
        return Ok(vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]);
    }
    address.to_socket_addrs().map(Iterator::collect).map_err(|_| not_an_address())
}

fn free_port_above(port: u16) -> u16 {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (port.saturating_add(1)..=u16::MAX).find(is_free).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_a_free_one() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = format!("localhost:{}", holder.local_addr().unwrap().port());
        let problem = check_free("--listen", &address).unwrap_err();
        assert_eq!(problem.code(), "port_in_use");
        let words = problem.to_string();
        assert!(words.contains(&format!("{address} is in use")), "{words}");
        assert!(words.contains("cargo xtask serve --listen localhost:"), "{words}");
        assert!(!words.contains(&format!("--listen {address}")), "{words}");
    }

    #[test]
    fn a_free_port_is_no_problem() {
        let released_port_is_free = |_| {
            let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let port = holder.local_addr().unwrap().port();
            drop(holder);
            check_free("--listen", &format!("127.0.0.1:{port}")).is_ok()
        };
        // Somebody else on the machine may get a released port first, but not every time.
        assert!((0..20).any(released_port_is_free));
        assert!(check_free("--listen", "localhost:0").is_ok());
    }

    #[test]
    fn what_is_no_address_is_a_wrong_argument() {
        for address in ["", "localhost", "localhost:port", "localhost:70000", "4000"] {
            let problem = check_free("--app-listen", address).unwrap_err();
            assert_eq!((problem.code(), problem.exit_status()), ("not_an_address", 2), "{address}");
        }
    }
}
