//! A small authorization server on loopback, for `make demo` and for trying things out:
//! `cargo run --example server [PORT]`. It knows one client (`demo`, secret `demo-s3cret`), the client
//! credentials grant (RFC 6749 section 4.4) at `/oauth/token`, and an API at `/v1` that wants the token.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The id of the one client.
pub const CLIENT_ID: &str = "demo";
/// Its secret.
pub const CLIENT_SECRET: &str = "demo-s3cret";

/// Seconds for which a token is said to be valid.
const LIFETIME: u32 = 3600;

/// The longest request body that is read, in bytes.
const LONGEST_BODY: u64 = 64 * 1024;

type Tokens = Arc<Mutex<Vec<String>>>;

/// One request: method, path, header fields by lower-case name, body.
struct Request {
    method: String,
    path: String,
    headers: HashMap<String, String>,
    body: String,
}

/// A status line's end, and a JSON body.
type Answer = (&'static str, String);

/// Answers requests, one a connection, for as long as the process lives.
pub fn serve(listener: &TcpListener) {
    let tokens = Tokens::default();
    for stream in listener.incoming().flatten() {
        let tokens = Arc::clone(&tokens);
        thread::spawn(move || {
            // A client that goes away is no concern of the server's.
            let _ = handle(stream, &tokens);
        });
    }
}

fn handle(stream: TcpStream, tokens: &Tokens) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let Some(request) = read(&mut reader)? else { return Ok(()) };
    let (status, body) = match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/oauth/token") => token(&request, tokens),
        ("GET", "/v1") => api(&request, tokens),
        _ => ("404 Not Found", r#"{"message":"there is /oauth/token and /v1"}"#.to_owned()),
    };
    write!(
        reader.get_mut(),
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = String::new();
    reader.take(LONGEST_BODY.min(length)).read_to_string(&mut body)?;
    Ok(Some(Request { method, path, headers, body }))
}

fn token(request: &Request, tokens: &Tokens) -> Answer {
    let form: HashMap<String, String> =
        url::form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
    if credentials(request, &form) != Some((CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned())) {
        return refuse("401 Unauthorized", "invalid_client", "no such client, or another secret");
    }
    if form.get("grant_type").map(String::as_str) != Some("client_credentials") {
        return refuse("400 Bad Request", "unsupported_grant_type", "only client_credentials");
    }
    let token = format!("demo.{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    if let Ok(mut tokens) = tokens.lock() {
        tokens.push(token.clone());
    }
    let scope = form.get("scope").cloned().unwrap_or_default();
    let answer = serde_json::json!({
        "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": scope
    });
    ("200 OK", answer.to_string())
}

/// Id and secret from the `Authorization` header or from the form (RFC 6749 section 2.3.1).
fn credentials(request: &Request, form: &HashMap<String, String>) -> Option<(String, String)> {
    let Some(authorization) = request.headers.get("authorization") else {
        return Some((form.get("client_id")?.clone(), form.get("client_secret")?.clone()));
    };
    let pair = BASE64_STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
    let (id, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    let decoded = |text: &str| {
        let pair = format!("v={text}");
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((decoded(id)?, decoded(secret)?))
}

fn refuse(status: &'static str, code: &str, description: &str) -> Answer {
    (status, serde_json::json!({ "error": code, "error_description": description }).to_string())
}

/// What a token is for (RFC 6750 section 2.1).
fn api(request: &Request, tokens: &Tokens) -> Answer {
    let token = request.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let is_known =
        token.is_some_and(|token| tokens.lock().is_ok_and(|tokens| tokens.iter().any(|own| own == token)));
    if is_known {
        ("200 OK", r#"{"message":"the API knows this token"}"#.to_owned())
    } else {
        refuse("401 Unauthorized", "invalid_token", "no token, or one that this server did not make")
    }
}

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
    serve(&listener);
    Ok(())
}
