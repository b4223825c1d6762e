//! What was meant and does nothing: options that this request has no use for, and names that are nearly settings.

use super::keys::{good, key, private, with_key};
use super::{GOOD, Tool, endpoint};

#[test]
fn what_was_typed_and_does_nothing_is_told_and_what_is_set_elsewhere_is_not() {
    let server = good();
    let told = |tool: Tool, options: &str, warning: &str| {
        let warning = format!("oauth-token: warning: {warning}\n");
        tool.url(&server.url()).line(options).gives(0, "tok-1\n", &warning);
    };
    for option in [
        "--key-id k",
        "--algorithm ES256",
        "--assertion-audience a",
        "--assertion-type JWT",
        "--assertion-lifetime 5",
        "--thumbprint sha1",
    ] {
        let name = option.split(' ').next().unwrap();
        told(Tool::client(), option, &format!("`{name}` does nothing with `client_secret_basic`"));
    }
    told(
        Tool::client(),
        "--auth-method post --basic-encoding raw",
        "`--basic-encoding` does nothing with `client_secret_post`",
    );
    told(
        with_key(&key()).env("OAUTH_CLIENT_SECRET", "s"),
        "--auth-method basic",
        "`--signing-key` does nothing with `client_secret_basic`",
    );
    told(with_key(&key()), "--thumbprint sha1", "`--thumbprint` does nothing without `--signing-cert`");
    told(
        private(Tool::client(), "pass", "x"),
        "--key-passphrase-file pass",
        "`--key-passphrase-file` does nothing without a key",
    );
    told(
        private(Tool::client(), "secret", "s").line("--client-secret-file secret"),
        "--auth-method none --grant-type urn:x",
        "`--client-secret-file` does nothing with `none`",
    );
    told(
        private(Tool::client(), "assertion", "a.b.c").line("--client-assertion-file assertion"),
        "--auth-method basic",
        "`--client-assertion-file` does nothing with `client_secret_basic`",
    );
    Tool::client()
        .env("OAUTH_KEY_ID", "k")
        .env("OAUTH_ALGORITHM", "ES256")
        .url(&server.url())
        .succeeds("tok-1\n");
}

#[test]
fn a_variable_that_is_nearly_a_setting_is_told() {
    let told = "oauth-token: warning: `OAUTH_SCOPES` from the environment is no setting: did you mean `OAUTH_SCOPE`?\n\
                oauth-token: warning: `oauth_audience` from ./.env is no setting: did you mean `OAUTH_AUDIENCE`?\n";
    let (_server, url) = endpoint(200, GOOD);
    let tool =
        || Tool::client().url(&url).env("OAUTH_SCOPES", "a").file(".env", "oauth_audience=b\nOATH=c\n");
    tool().gives(0, "tok-1\n", told);
    tool().line("-q").succeeds("tok-1\n");
    Tool::client().env("OAUTH_TOKEN_URI", "https://h/").gives(
        3,
        "",
        "oauth-token: warning: `OAUTH_TOKEN_URI` from the environment is no setting: did you mean `OAUTH_TOKEN_URL`?\n\
         oauth-token: error: no token endpoint\n\
         oauth-token: hint: pass `--url URL`, or set `OAUTH_TOKEN_URL` in the environment or in ./.env\n",
    );
}
