//! Servers that no library offers: raw bytes on a socket, TLS, proxies.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use super::authority::{Authority, Identity};

/// Runs `serve` for each connection, and counts them. The thread ends with the test process.
pub struct Server {
    pub address: SocketAddr,
    connections: Arc<Mutex<usize>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(serve: impl Fn(TcpStream, usize, &Mutex<Vec<String>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(Mutex::new(0));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (count, record, serve) = (Arc::clone(&connections), Arc::clone(&requests), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let number = {
                    let mut count = count.lock().unwrap();
                    *count += 1;
                    *count
                };
                let (record, serve) = (Arc::clone(&record), Arc::clone(&serve));
                thread::spawn(move || serve(stream, number, &record));
            }
        });
        Self { address, connections, requests }
    }

    /// Answers each request with the next of these byte strings, the last one for all that follow, and closes.
    pub fn raw(answers: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let answers: Vec<Vec<u8>> = answers.into_iter().map(Into::into).collect();
        Self::start(move |mut stream, number, record| {
            let request = read_request(&mut stream);
            record.lock().unwrap().push(request);
            let _ = stream.write_all(&answers[(number - 1).min(answers.len() - 1)]);
        })
    }

    /// Answers each request by what it is; `answer` is told where the server is, too.
    pub fn routed(answer: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> Self {
        Self::start(move |mut stream, _, record| {
            let request = read_request(&mut stream);
            let origin = format!("http://{}", stream.local_addr().unwrap());
            let answer = answer(&origin, &request);
            record.lock().unwrap().push(request);
            let _ = stream.write_all(answer.as_bytes());
        })
    }

    /// Reads the request, sends these bytes, and then neither says anything nor closes.
    pub fn silent_after(bytes: &'static [u8]) -> Self {
        Self::start(move |mut stream, _, record| {
            let request = read_request(&mut stream);
            record.lock().unwrap().push(request);
            let _ = stream.write_all(bytes);
            let _ = stream.read(&mut [0; 1]);
        })
    }

    /// Leaves the first request without an answer, and gives this one to all others.
    pub fn held_once(answer: String) -> Self {
        Self::start(move |mut stream, number, record| {
            let request = read_request(&mut stream);
            record.lock().unwrap().push(request);
            if number == 1 {
                let _ = stream.read(&mut [0; 1]);
            } else {
                let _ = stream.write_all(answer.as_bytes());
            }
        })
    }

    /// Gives this answer to the first request, and none to all others.
    pub fn silent_after_first(answer: String) -> Self {
        Self::start(move |mut stream, number, record| {
            let request = read_request(&mut stream);
            record.lock().unwrap().push(request);
            if number == 1 {
                let _ = stream.write_all(answer.as_bytes());
            } else {
                let _ = stream.read(&mut [0; 1]);
            }
        })
    }

    /// Waits until so many connections have been made.
    pub fn wait_for_connections(&self, count: usize) {
        while self.connections() < count {
            thread::yield_now();
        }
    }

    /// Waits until so many requests have come.
    pub fn wait_for_requests(&self, count: usize) {
        while self.requests.lock().unwrap().len() < count {
            thread::yield_now();
        }
    }

    /// Reads what comes first, which is no request, and answers with these bytes.
    pub fn silent_after_hello(bytes: &'static [u8]) -> Self {
        Self::start(move |mut stream, _, _| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
            let _ = stream.read(&mut [0; 1]);
        })
    }

    /// Sends the head of a good answer, and then `piece` for as long as somebody listens.
    pub fn endless(piece: &'static [u8]) -> Self {
        Self::start(move |mut stream, _, _| {
            read_request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
            while stream.write_all(piece).is_ok() {}
        })
    }

    /// Answers every request over TLS.
    pub fn tls(identity: &Identity, answer: &str) -> Self {
        Self::secured(identity.server_config(), answer)
    }

    /// Answers every request over TLS, of clients that show a certificate of this authority.
    pub fn mtls(identity: &Identity, clients: &Authority, answer: &str) -> Self {
        Self::secured(identity.demanding_config(clients), answer)
    }

    /// Shows a certificate whose key it does not have.
    pub fn impostor(
        certificate: &Identity,
        key: &Identity,
        version: &'static SupportedProtocolVersion,
    ) -> Self {
        Self::secured(certificate.impostor_config(key, version), "")
    }

    /// Begins a handshake, and records how it ends.
    pub fn handshake(identity: &Identity) -> Self {
        let config = Arc::new(identity.server_config());
        Self::start(move |mut stream, _, record| {
            let ended = ServerConnection::new(Arc::clone(&config)).unwrap().complete_io(&mut stream);
            record
                .lock()
                .unwrap()
                .push(ended.map_or_else(|error| error.to_string(), |_| "agreed".to_owned()));
        })
    }

    fn secured(config: ServerConfig, answer: &str) -> Self {
        let config = Arc::new(config);
        let answer = answer.to_owned();
        Self::start(move |stream, _, record| {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let request = read_request(&mut stream);
            if !request.is_empty() {
                record.lock().unwrap().push(request);
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        })
    }

    /// A proxy that tunnels where it is told, if the credentials are these (as Base64), and else says 407.
    pub fn connect_proxy(credentials: Option<&'static str>) -> Self {
        Self::start(move |mut client, _, record| {
            let request = read_request(&mut client);
            let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let is_allowed =
                credentials.is_none_or(|credentials| request.contains(&format!("Basic {credentials}\r\n")));
            record.lock().unwrap().push(request);
            if !is_allowed {
                let _ = client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            let server = TcpStream::connect(target).unwrap();
            let _ = client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
            tunnel(client, server);
        })
    }

    /// A proxy that is reached by TLS, asks for a certificate of these clients, and tunnels whether it is shown one or
    /// not. What it records is whether it was.
    pub fn tls_connect_proxy(identity: &Identity, clients: &Authority) -> Self {
        let config = Arc::new(identity.asking_config(clients));
        Self::start(move |stream, _, record| {
            let mut client = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let request = read_request(&mut client);
            let shown = client.conn.peer_certificates().map_or("no certificate", |_| "a certificate");
            record.lock().unwrap().push(shown.to_owned());
            let server = TcpStream::connect(request.split(' ').nth(1).unwrap_or_default()).unwrap();
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
            relay(client, server);
        })
    }

    /// A SOCKS5 proxy that is told a name or an IPv4 address (RFC 1928) and always connects to this machine.
    pub fn socks_proxy() -> Self {
        Self::start(|mut client, _, record| {
            let mut greeting = [0; 2];
            client.read_exact(&mut greeting).unwrap();
            client.read_exact(&mut vec![0; usize::from(greeting[1])]).unwrap();
            client.write_all(&[5, 0]).unwrap();
            let mut head = [0; 4];
            client.read_exact(&mut head).unwrap();
            let mut length = [4];
            if head[3] == 3 {
                client.read_exact(&mut length).unwrap();
            }
            let mut host = vec![0; usize::from(length[0])];
            client.read_exact(&mut host).unwrap();
            let mut port = [0; 2];
            client.read_exact(&mut port).unwrap();
            record.lock().unwrap().push(String::from_utf8_lossy(&host).into_owned());
            let server = TcpStream::connect(("127.0.0.1", u16::from_be_bytes(port))).unwrap();
            client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).unwrap();
            tunnel(client, server);
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    pub fn https(&self, host: &str) -> String {
        format!("https://{host}:{}/token", self.address.port())
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// The requests that came, whole.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// The form of a request, in order.
pub fn form(request: &str) -> Vec<(String, String)> {
    let body = request.split_once("\r\n\r\n").unwrap().1;
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

/// The value of one parameter of a request, or nothing.
pub fn parameter(request: &str, name: &str) -> Option<String> {
    form(request).into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
}

/// A header field of a request.
pub fn field(request: &str, name: &str) -> Option<String> {
    let head = request.split_once("\r\n\r\n").unwrap().0;
    head.lines().find_map(|line| {
        let (own, value) = line.split_once(": ")?;
        own.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

/// Header and claims of a JWT.
pub fn jwt(token: &str) -> (serde_json::Value, serde_json::Value) {
    use base64::Engine;
    let part = |index: usize| {
        let part = token.split('.').nth(index).unwrap();
        let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    (part(0), part(1))
}

/// An answer as a server sends it.
pub fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

fn read_request(stream: &mut impl Read) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .to_lowercase()
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.lines().next()?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text.into_owned();
            }
        }
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => request.extend(&buffer[..read]),
            _ => return String::from_utf8_lossy(&request).into_owned(),
        }
    }
}

/// Carries bytes both ways in one thread, for a TLS session cannot be split.
fn relay(mut client: StreamOwned<ServerConnection, TcpStream>, mut server: TcpStream) {
    let moment = Some(std::time::Duration::from_millis(1));
    client.sock.set_read_timeout(moment).unwrap();
    server.set_read_timeout(moment).unwrap();
    let is_over = |read: &std::io::Result<usize>| match read {
        Ok(count) => *count == 0,
        Err(error) => !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
    };
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let read = client.read(&mut bytes);
        if is_over(&read) || read.is_ok_and(|count| server.write_all(&bytes[..count]).is_err()) {
            return;
        }
        let read = server.read(&mut bytes);
        if is_over(&read) || read.is_ok_and(|count| client.write_all(&bytes[..count]).is_err()) {
            return;
        }
    }
}

fn tunnel(client: TcpStream, server: TcpStream) {
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(std::net::Shutdown::Write);
    });
    let (mut from_server, mut to_client) = (server, client);
    let _ = std::io::copy(&mut from_server, &mut to_client);
}
