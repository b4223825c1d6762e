//! The way to the server through a proxy.

use super::Tool;
use super::authority::Authority;
use super::keys::private;
use super::server::Server;
use super::transport::good;

#[test]
fn https_goes_through_the_proxy_that_the_environment_names_and_no_proxy_excepts() {
    let authority = Authority::new();
    let server = Server::tls(&authority.localhost(), &good());
    let tool = || {
        Tool::client().url(&server.https("localhost")).file("ca.pem", &authority.pem).line("--cacert ca.pem")
    };
    for variable in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "OAUTH_PROXY"] {
        let proxy = Server::connect_proxy(None);
        tool().env(variable, format!("http://{}", proxy.address)).succeeds("tok-1\n");
        let request = proxy.requests().remove(0);
        assert!(
            request.starts_with(&format!("CONNECT localhost:{} HTTP/1.1\r\n", server.address.port())),
            "{request}"
        );
        assert!(!request.to_lowercase().contains("authorization"), "{request}");
        tool()
            .env(variable, "http://127.0.0.1:1")
            .env("no_proxy", "example.com, localhost")
            .succeeds("tok-1\n");
    }
    let proxy = Server::connect_proxy(None);
    tool()
        .args(["--proxy", &proxy.address.to_string()])
        .env("https_proxy", "http://127.0.0.1:1")
        .succeeds("tok-1\n");
    tool().args(["--proxy", ""]).env("https_proxy", "http://127.0.0.1:1").succeeds("tok-1\n");
}

#[test]
fn a_proxys_password_is_sent_to_it_and_a_407_says_what_it_wants() {
    let authority = Authority::new();
    let server = Server::tls(&authority.localhost(), &good());
    let tool = || {
        Tool::client().url(&server.https("localhost")).file("ca.pem", &authority.pem).line("--cacert ca.pem")
    };
    // user:p@ss
    let proxy = Server::connect_proxy(Some("dXNlcjpwQHNz"));
    tool().env("HTTPS_PROXY", format!("http://user:p%40ss@{}", proxy.address)).succeeds("tok-1\n");
    let port = server.address.port();
    let refused = format!("the proxy refused to connect to `localhost` port {port} (407)");
    tool().env("HTTPS_PROXY", format!("http://{}", proxy.address)).fails(
        6,
        &refused,
        &format!("the proxy wants a user name and a password: http://USER:PASSWORD@HOST:PORT in `HTTPS_PROXY` or `OAUTH_PROXY` (now `http://{}`, from `HTTPS_PROXY`)", proxy.address),
    );
    tool().env("HTTPS_PROXY", format!("http://user:canary@{}", proxy.address)).fails(
        6,
        &refused,
        &format!(
            "the proxy `http://{}`, from `HTTPS_PROXY`, does not accept its user name and password",
            proxy.address
        ),
    );
    assert_eq!(proxy.connections(), 3, "a 407 is not tried again");
    tool().args(["--proxy", &format!("http://user:p%40ss@{}", proxy.address)]).gives(
        0,
        "tok-1\n",
        "oauth-token: warning: other users of this machine can read the proxy's password on the command line: set `OAUTH_PROXY` instead\n",
    );
}

#[test]
fn a_server_that_is_not_trusted_is_told_so_through_a_proxy_too() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::handshake(&authority.localhost());
    let secured = Server::tls_connect_proxy(&other.localhost(), &Authority::new());
    let proxies = [
        format!("https://localhost:{}", secured.address.port()),
        format!("http://{}", Server::connect_proxy(None).address),
        format!("socks5h://{}", Server::socks_proxy().address),
    ];
    for (number, proxy) in proxies.iter().enumerate() {
        let tool = Tool::client().url(&server.https("localhost")).file("ca.pem", &other.pem);
        assert_eq!(tool.env("https_proxy", proxy).line("--cacert ca.pem").run().code, 7);
        server.wait_for_requests(number + 1);
        assert_eq!(server.requests().pop().unwrap(), "received fatal alert: UnknownCA", "{proxy}");
    }
}

#[test]
fn a_name_that_is_looked_up_here_for_a_proxy_is_the_servers() {
    let proxy = Server::socks_proxy();
    let outcome = Tool::client()
        .url("https://no-such-host.invalid/")
        .env("all_proxy", format!("socks5://{}", proxy.address))
        .line("--retry 0")
        .run();
    let told = "oauth-token: error: cannot look up `no-such-host.invalid`: ";
    assert!(outcome.code == 6 && outcome.stderr.starts_with(told), "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with("write `socks5h://` (or `socks4a://`)\n"), "{}", outcome.stderr);
}

#[test]
fn a_socks_proxy_is_told_the_name_and_tunnels() {
    let authority = Authority::new();
    let server = Server::tls(&authority.localhost(), &good());
    let proxy = Server::socks_proxy();
    let tool =
        Tool::client().url(&server.https("localhost")).file("ca.pem", &authority.pem).line("--cacert ca.pem");
    tool.env("all_proxy", format!("socks5h://{}", proxy.address)).succeeds("tok-1\n");
    assert_eq!(proxy.requests(), ["localhost"]);
}

#[test]
fn a_proxy_that_is_none_is_exit_3_and_one_that_is_away_is_exit_6() {
    let tool = || Tool::client().url("https://localhost:1/").line("--retry 0");
    tool().env("https_proxy", "ftp://canary").fails(
        3,
        "`https_proxy` is not the URL of a proxy",
        "write http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT",
    );
    tool().env("OAUTH_PROXY", "http://127.0.0.1:1").fails(
        6,
        "no connection through the proxy `http://127.0.0.1:1`: connection refused",
        "it comes from the environment; check that it runs, is meant, and reaches `localhost` port 1",
    );
}

#[test]
fn a_client_certificate_is_shown_to_the_server_and_to_no_proxy() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let (certificate, key) = clients.localhost().pem();
    let server = Server::mtls(&authority.localhost(), &clients, &good());
    let proxy = Server::tls_connect_proxy(&authority.localhost(), &clients);
    private(Tool::bare().env("OAUTH_CLIENT_ID", "c"), "key.pem", &key)
        .file("cert.pem", &certificate)
        .file("ca.pem", &authority.pem)
        .url(&server.https("localhost"))
        .env("https_proxy", format!("https://localhost:{}", proxy.address.port()))
        .line("--cacert ca.pem --retry 0 --cert cert.pem --key key.pem")
        .succeeds("tok-1\n");
    assert_eq!(proxy.requests(), ["no certificate"]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn plain_http_to_this_machine_goes_through_no_proxy_and_an_option_that_wants_one_is_warned() {
    let server = Server::raw([good()]);
    let proxy = Server::connect_proxy(None);
    let address = format!("http://{}", proxy.address);
    let tool = Tool::client().url(&server.url());
    tool.env("all_proxy", &address)
        .env("https_proxy", &address)
        .env("http_proxy", &address)
        .succeeds("tok-1\n");
    Tool::client().url(&server.url()).env("OAUTH_PROXY", &address).succeeds("tok-1\n");
    Tool::client().url(&server.url()).args(["--proxy", &address]).gives(
        0,
        "tok-1\n",
        "oauth-token: warning: `--proxy` is not used: an `http://` endpoint is asked directly, for a proxy would read the client's credentials\n",
    );
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn a_fault_of_the_proxys_is_told_as_such() {
    let plain = Server::silent_after_hello(b"SSH-2.0-OpenSSH\r\n");
    let outcome = Tool::client()
        .url("https://localhost:1/")
        .env("https_proxy", format!("http://{}", plain.address))
        .line("--retry 0")
        .run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""), "{}", outcome.stderr);
    let shown = format!("no connection through the proxy `http://{}`: it does not speak HTTP", plain.address);
    assert!(outcome.stderr.contains(&shown), "{}", outcome.stderr);
    let outcome = Tool::client()
        .url("https://localhost:1/")
        .env("https_proxy", "http://no-such-proxy.invalid:3128")
        .line("--retry 0")
        .run();
    assert_eq!(outcome.code, 6);
    assert!(
        outcome.stderr.contains("cannot look up the proxy `no-such-proxy.invalid`"),
        "{}",
        outcome.stderr
    );
}
