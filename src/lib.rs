//! `oauth-token` turns client credentials into an access token, for people who write shell scripts and CI
//! jobs. The program is this library; `main.rs` is its door. It is a library so that tests, fuzz targets and
//! benchmarks can reach each room; it promises no stable interface to anybody else.
//!
//! The rooms stand in the order of their imports: each knows only those above it, and a test holds them to
//! it. Data flows one way: words typed, what they mean, the request, the reply, the token, bytes on stdout.

pub mod error; // Failure: what happened, the hint, the exit code
pub mod secret; // Secret: text that must not be shown
pub mod text; // what strangers wrote, made safe to show
pub mod process; // no core file; stdout, clock and limits at the start
pub mod redact; // Redactor: known secrets, found in whatever spelling
pub mod secret_name; // names that announce a secret
pub mod shown_url; // strangers' URLs, made safe to show
pub mod endpoint; // Endpoint: where a secret may be sent
pub mod jose; // keys, signatures, JWTs
pub mod assertion; // JWTs that are signed here, and the moment
pub mod grant; // Grant: what is exchanged for the token
pub mod client_auth; // ClientAuth: how the client proves itself
pub mod dpop; // DpopKey: proofs that bind a token to a key
pub mod request; // TokenRequest: endpoint, headers, form
pub mod http; // requests: TLS roots, proxy, deadline, retries
pub mod discovery; // issuer -> Metadata
pub mod response; // Reply -> Token or Failure
pub mod federation; // ID tokens of the place where this runs
pub mod file_lock; // the kernel's locks on files
pub mod refresh_file; // RefreshFile: a refresh token, locked and replaced
pub mod cache; // tokens on disk: encrypted, locked, one request for many
pub mod shell; // quoting for each shell
pub mod output; // the only writer to stdout
pub mod child; // `-- COMMAND`
pub mod cli; // what may be typed
pub mod env_file; // .env
pub mod config; // what it means, and where each value came from
pub mod report; // all that is said on stderr
pub mod run; // the program, top to bottom
