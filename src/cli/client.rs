//! Who asks, and by which proof.

use clap::{Args, ValueHint};

const KEYS: &str = "Client, by key or certificate";

/// Options about the client.
#[derive(Debug, Default, Args)]
#[allow(missing_docs, reason = "the help is the documentation")]
pub struct Client {
    #[arg(
        long,
        value_name = "ID",
        help_heading = "Client",
        help = "The client's id\n[env: OAUTH_CLIENT_ID]"
    )]
    pub client_id: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Client",
        help = "Read the secret from a file (`-`: stdin), not from OAUTH_CLIENT_SECRET\n[env: OAUTH_CLIENT_SECRET_FILE]"
    )]
    pub client_secret_file: Option<String>,

    #[arg(
        long,
        value_name = "METHOD",
        help_heading = "Client",
        help = "client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth,\nself_signed_tls_client_auth or none (short: basic, post, tls); by default what the credentials are for\n[env: OAUTH_AUTH_METHOD] [default with a secret: client_secret_basic]"
    )]
    pub auth_method: Option<String>,

    #[arg(
        long,
        value_name = "form|raw",
        help_heading = "Client",
        help = "The spelling within Basic: by RFC 6749, or for servers that do not decode\n[env: OAUTH_BASIC_ENCODING] [default: form]"
    )]
    pub basic_encoding: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = KEYS,
        help = "Sign with this private key: PEM or JWK\n[env: OAUTH_SIGNING_KEY_FILE, or the key itself in OAUTH_SIGNING_KEY]"
    )]
    pub signing_key: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = KEYS,
        help = "The passphrase of an encrypted key, in a file\n[env: OAUTH_KEY_PASSPHRASE_FILE, or the passphrase itself in OAUTH_KEY_PASSPHRASE]"
    )]
    pub key_passphrase_file: Option<String>,

    #[arg(
        long,
        value_name = "ID",
        help_heading = KEYS,
        help = "The key's id (`kid`), or which key of a JWK set to take\n[env: OAUTH_KEY_ID]"
    )]
    pub key_id: Option<String>,

    #[arg(
        long,
        value_name = "ALG",
        help_heading = KEYS,
        help = "The signature algorithm, as in RS256, PS256, ES256, EdDSA or HS256; by default the key's own\n[env: OAUTH_ALGORITHM]"
    )]
    pub algorithm: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = KEYS,
        help = "Name the key by the thumbprint of its certificate, as Entra wants it\n[env: OAUTH_SIGNING_CERT]"
    )]
    pub signing_cert: Option<String>,

    #[arg(
        long,
        value_name = "sha256|sha1",
        help_heading = KEYS,
        help = "The thumbprint's hash: `x5t#S256`, or the older `x5t`\n[env: OAUTH_THUMBPRINT] [default: sha256]"
    )]
    pub thumbprint: Option<String>,

    #[arg(
        long,
        value_name = "AUDIENCE",
        help_heading = KEYS,
        help = "The audience (`aud`) of assertions; by default the issuer, or the token endpoint\n[env: OAUTH_ASSERTION_AUDIENCE]"
    )]
    pub assertion_audience: Option<String>,

    #[arg(
        long,
        value_name = "TYPE",
        help_heading = KEYS,
        help = "The type (`typ`) of assertions: JWT, client-authentication+jwt, or none\n[env: OAUTH_ASSERTION_TYPE] [default: JWT]"
    )]
    pub assertion_type: Option<String>,

    #[arg(
        long,
        value_name = "SECONDS",
        allow_hyphen_values = true,
        help_heading = KEYS,
        help = "How long assertions are valid\n[env: OAUTH_ASSERTION_LIFETIME] [default: 60]"
    )]
    pub assertion_lifetime: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = KEYS,
        help = "Prove the client with an assertion from somebody else, such as Kubernetes or SPIFFE\n[env: OAUTH_CLIENT_ASSERTION_FILE]"
    )]
    pub client_assertion_file: Option<String>,

    #[arg(
        long,
        value_name = "SOURCE",
        help_heading = KEYS,
        help = "The same, asked for where this runs: github-actions\n[env: OAUTH_CLIENT_ASSERTION]"
    )]
    pub client_assertion: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = KEYS,
        help = "Show this certificate to the token endpoint, in PEM, with or without its key\n[env: OAUTH_CERT]"
    )]
    pub cert: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = KEYS,
        help = "The private key of `--cert`, in PEM\n[env: OAUTH_KEY]"
    )]
    pub key: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = KEYS,
        help = "Bind the token to this key by DPoP (RFC 9449); `generate:FILE` makes the file where it is missing\n[env: OAUTH_DPOP_KEY]"
    )]
    pub dpop_key: Option<String>,
}
